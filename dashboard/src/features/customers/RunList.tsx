import { Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { count, decimal, money, offerWords } from "@/lib/format";
import { useAsk, usePages } from "@/lib/service";
import { type Column, DataTable } from "@/ui/DataTable";
import { More } from "@/ui/More";
import { CustomerLink, Probability, RiskBadge } from "@/ui/marks";
import { Asked, Empty, NoRunYet } from "@/ui/states";
import { actionWords, sortOf, useChange, type Wanted } from "./wanted";

type Customer = Schemas["Customer"];

/** Customers of the newest run, sorted and filtered by the service, page after page. */
export function RunList({ wanted, currency }: { wanted: Wanted; currency: string }) {
  const [address] = useSearchParams();
  const change = useChange();
  const { sort, order } = sortOf(address);
  const pages = usePages("/api/v1/customers", { query: { ...wanted.query, sort, order, limit: 100 } });
  const laptop = useMediaQuery("(min-width: 48em)", true, { getInitialValueInEffect: false }) ?? true;
  const wide = useMediaQuery("(min-width: 95em)", true, { getInitialValueInEffect: false }) ?? true;
  const room = wide ? "wide" : laptop ? "laptop" : "phone";
  const columns = useMemo(() => columnsOf(currency, room), [currency, room]);
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.customers) ?? [], [pages.data]);
  return (
    <Asked
      query={pages}
      empty={
        pages.error?.status === 404 ? (
          <NoRunYet what="Your customers" />
        ) : (
          <Empty
            title="No customers match"
            why="None that you may see match these filters in the newest run. Remove one above."
          />
        )
      }
      isEmpty={() => rows.length === 0}
    >
      {() => (
        <DataTable
          label="Customers"
          columns={columns}
          rows={rows}
          rowKey={(one) => one.customer_id}
          sorted={{ key: sort, descending: order === "desc" }}
          onSort={(by) =>
            change((next) => {
              next.set("sort", by.key);
              next.set("order", by.descending ? "desc" : "asc");
            })
          }
          height={680}
          foot={<More pages={pages} what="customers" />}
        />
      )}
    </Asked>
  );
}

/** How many there are behind the filters, and of how many. */
export function Total({ wanted }: { wanted: Wanted }) {
  const { data } = useAsk("/api/v1/counts/customers", { query: wanted.query });
  if (data === undefined) return null;
  return (
    <Text size="sm" className="numbers" role="status">
      <strong>{count(data.total)}</strong>
      {data.total === data.of ? " active customers" : ` of ${count(data.of)} active customers`}
      {data.own_only ? ", of your own cases" : ""}
    </Text>
  );
}

type Room = "phone" | "laptop" | "wide";

function columnsOf(currency: string, room: Room): Column<Customer>[] {
  const whole: Column<Customer>[] = [
    {
      key: "customer_id",
      title: "Customer",
      value: (one) => one.customer_id,
      show: (one) => <CustomerLink id={one.customer_id} />,
    },
    {
      key: "churn_probability",
      title: "Churn risk",
      value: (one) => one.churn_probability,
      show: (one) => <Probability value={one.churn_probability} />,
    },
    {
      key: "risk_level",
      title: "Risk level",
      value: (one) => one.risk_level,
      show: (one) => <RiskBadge level={one.risk_level} />,
      fixed: true,
    },
    {
      key: "time_to_churn_days",
      title: "Time to churn",
      value: (one) => one.time_to_churn_days,
      show: (one) => (one.time_to_churn_days === null ? "unknown" : days(one.time_to_churn_days)),
      right: true,
    },
    {
      key: "clv",
      title: "Lifetime value",
      value: (one) => one.clv,
      show: (one) => (one.clv === null ? "not known" : money(one.clv, currency)),
      right: true,
    },
    {
      key: "revenue_at_risk",
      title: "Revenue at risk",
      value: (one) => one.revenue_at_risk,
      show: (one) => (one.revenue_at_risk === null ? "not known" : money(one.revenue_at_risk, currency)),
      right: true,
    },
    { key: "value_tier", title: "Tier", value: (one) => one.value_tier, fixed: true },
    {
      key: "segment",
      title: "Segment",
      value: (one) => one.segment,
      show: (one) => <Short text={one.segment} />,
      fixed: true,
    },
    {
      key: "action_type",
      title: "Decision",
      value: (one) => one.action_type,
      show: (one) =>
        one.action_type === null ? (
          <Text span size="sm" c="dimmed">
            none
          </Text>
        ) : (
          <Short
            text={
              one.incentive_id === null || one.incentive_id === "none"
                ? actionWords(one.action_type)
                : `${offerWords(one.incentive_id)} · ${
                    one.action_type === "manual_review" ? "review" : "automatic"
                  }`
            }
          />
        ),
      fixed: true,
    },
    {
      key: "expected_roi",
      title: "Expected net",
      value: (one) => one.expected_roi,
      show: (one) =>
        one.expected_roi === null || one.incentive_id === "none" ? (
          <Text span size="sm" c="dimmed">
            –
          </Text>
        ) : (
          money(one.expected_roi, currency)
        ),
      right: true,
    },
  ];
  const few = new Set(["customer_id", "churn_probability", "revenue_at_risk"]);
  if (room === "phone") return whole.filter((one) => few.has(one.key));
  // The probability says as much as the level; segments have a view of their own.
  const spare = new Set(["risk_level", "segment"]);
  return room === "wide" ? whole : whole.filter((one) => !spare.has(one.key));
}

function days(value: number): string {
  return value > 3_650
    ? "over 10 years"
    : value > 730
      ? `${decimal(value / 365, 0)} years`
      : `${count(value)} days`;
}

function Short({ text }: { text: string | null }) {
  return (
    <Text span size="sm" truncate display="block" maw={210} title={text ?? undefined}>
      {text ?? "none"}
    </Text>
  );
}
