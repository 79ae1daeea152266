import { Badge, Text } from "@mantine/core";
import { money, offerWords, percent } from "@/lib/format";
import { type Column, DataTable } from "@/ui/DataTable";

export interface Candidate {
  id: string;
  cost: number | null;
  net: number | null;
  retention_lift: number | null;
  confidence: number | null;
  removed_by: string;
  why: string;
}

/** What the service tells of a candidate, read with care: its fields are free in the description. */
export function candidateOf(raw: { [key: string]: unknown }): Candidate {
  const number = (name: string) => (typeof raw[name] === "number" ? (raw[name] as number) : null);
  const text = (name: string) => (typeof raw[name] === "string" ? (raw[name] as string) : "");
  return {
    id: text("id"),
    cost: number("cost"),
    net: number("net"),
    retention_lift: number("retention_lift"),
    confidence: number("confidence"),
    removed_by: text("removed_by"),
    why: text("why"),
  };
}

/** Every offer that was weighed for a customer, and why it is not the one. */
export function Weighed({ candidates, currency }: { candidates: readonly Candidate[]; currency: string }) {
  const columns: Column<Candidate>[] = [
    { key: "id", title: "Offer", value: (one) => (one.id === "none" ? "No offer" : offerWords(one.id)) },
    {
      key: "net",
      title: "Expected net",
      value: (one) => one.net,
      show: (one) => money(one.net, currency),
      right: true,
    },
    {
      key: "cost",
      title: "Cost",
      value: (one) => one.cost,
      show: (one) => money(one.cost, currency),
      right: true,
    },
    {
      key: "lift",
      title: "Retention lift",
      value: (one) => one.retention_lift,
      show: (one) => (one.id === "none" ? "" : percent(one.retention_lift)),
      right: true,
    },
    {
      key: "confidence",
      title: "Chance to pay off",
      value: (one) => one.confidence,
      show: (one) => (one.id === "none" ? "" : percent(one.confidence)),
      right: true,
    },
    {
      key: "why",
      title: "Why not chosen",
      value: (one) => one.why,
      show: (one) =>
        one.removed_by === "" ? (
          <Badge color="teal" className="mark">
            Chosen
          </Badge>
        ) : (
          <Text size="sm" span className="sentence">
            {one.why.charAt(0).toUpperCase() + one.why.slice(1)}
          </Text>
        ),
    },
  ];
  return (
    <DataTable
      label="Offers considered"
      columns={columns}
      rows={[...candidates].sort(
        (left, right) =>
          Number(right.removed_by === "") - Number(left.removed_by === "") ||
          (right.net ?? -1e12) - (left.net ?? -1e12),
      )}
      rowKey={(one) => one.id}
    />
  );
}
