import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { cents, fromNow, time, words } from "@/lib/format";
import { usePages } from "@/lib/service";
import { useSession } from "@/lib/session";
import { type Column, DataTable } from "@/ui/DataTable";
import { More } from "@/ui/More";
import { StateBadge } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";

type Delivery = Schemas["Delivery"];

/** What was sent to the customer, or waits to be, with its state and why. */
export function Deliveries({ id }: { id: string }) {
  const currency = useSession().data?.currency ?? "EUR";
  const pages = usePages("/api/v1/deliveries", { query: { customer_id: id, limit: 50 } });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.deliveries) ?? [], [pages.data]);
  const columns = useMemo(() => columnsOf(currency), [currency]);
  return (
    <Panel title="Deliveries" lead="Messages and offers sent, or waiting to be." flush>
      <Asked query={pages}>
        {() =>
          rows.length === 0 ? (
            <Text size="sm" c="dimmed" px="md" pb="md">
              Nothing was sent to this customer, and nothing is waiting.
            </Text>
          ) : (
            <DataTable
              label="Deliveries to the customer"
              columns={columns}
              rows={rows}
              rowKey={(one) => one.delivery_id}
              height={380}
              foot={<More pages={pages} what="deliveries" />}
            />
          )
        }
      </Asked>
    </Panel>
  );
}

function columnsOf(currency: string): Column<Delivery>[] {
  return [
    { key: "kind", title: "What", value: (one) => words(one.kind), fixed: true },
    { key: "channel", title: "Channel", value: (one) => one.channel, fixed: true },
    {
      key: "state",
      title: "State",
      value: (one) => one.state,
      show: (one) => (
        <>
          <StateBadge state={one.state} />
          {one.reason === "" ? null : (
            <Text size="xs" c="dimmed">
              {one.reason}
            </Text>
          )}
        </>
      ),
      fixed: true,
    },
    {
      key: "due_at",
      title: "Due",
      value: (one) => one.due_at,
      show: (one) => <span title={time(one.due_at)}>{fromNow(one.due_at)}</span>,
      fixed: true,
    },
    {
      key: "cost",
      title: "Cost",
      value: (one) => one.cost_cents ?? one.planned_cents,
      show: (one) =>
        one.cost_cents === null
          ? `${cents(one.planned_cents, currency)} planned`
          : cents(one.cost_cents, currency),
      right: true,
      fixed: true,
    },
  ];
}
