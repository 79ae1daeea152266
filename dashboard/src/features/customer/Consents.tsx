import { Badge, Text } from "@mantine/core";
import { day, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Column, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";
import { type Consent, consents } from "./entries";

/** The customer's last word on each channel and purpose. */
export function Consents({ id }: { id: string }) {
  const found = useAsk("/api/v1/customers/{customer_id}/timeline", {
    path: { customer_id: id },
    query: { kind: ["consent"], limit: 200 },
  });
  return (
    <Panel title="Consent" lead="Latest choice for each channel and purpose." flush>
      <Asked query={found}>
        {(told) => {
          const known = consents(told.entries);
          return known.length === 0 ? (
            <Text size="sm" c="dimmed" px="md" pb="md">
              No consent on record. Whether that blocks contact is a setting of the guards.
            </Text>
          ) : (
            <DataTable
              label="Consent by channel and purpose"
              columns={COLUMNS}
              rows={known}
              rowKey={(one) => `${one.purpose} ${one.channel}`}
            />
          );
        }}
      </Asked>
    </Panel>
  );
}

const COLUMNS: Column<Consent>[] = [
  { key: "purpose", title: "Purpose", value: (one) => words(one.purpose) },
  { key: "channel", title: "Channel", value: (one) => one.channel },
  {
    key: "granted",
    title: "Choice",
    value: (one) => (one.granted ? "opted in" : "opted out"),
    show: (one) => (
      <Badge className="mark" color={one.granted ? "teal" : "red"}>
        {one.granted ? "Opted in" : "Opted out"}
      </Badge>
    ),
  },
  { key: "since", title: "Since", value: (one) => one.since, show: (one) => day(one.since) },
];
