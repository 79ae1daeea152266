import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Schemas } from "@/api/client";
import { useParams } from "@/lib/address";
import { cents, count, fromNow, percent, time, words } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked, Empty } from "@/ui/states";
import styles from "./Deliveries.module.css";
import { DELIVERY_COLOURS, DELIVERY_STATES, type DeliveryState } from "./DeliveryCounts";
import { DeliveryDetail } from "./DeliveryDetail";
import { progressOf } from "./life";

type Row = Schemas["Delivery"];

/** What became of each delivery; follows it while the campaign runs. */
export function Deliveries({ campaign, currency }: { campaign: Schemas["Campaign"]; currency: string }) {
  const [{ delivery, outcome }, set] = useParams(["delivery", "outcome"]);
  const state = DELIVERY_STATES.find((one) => one === outcome);
  const found = usePages("/api/v1/deliveries", {
    query: {
      campaign_id: campaign.campaign_id,
      ...(state === undefined ? {} : { state: [state] }),
      limit: 200,
    },
  });
  useFollowed(JSON.stringify(campaign.deliveries));
  const rows = found.data?.pages.flatMap((page) => page.deliveries) ?? [];
  const columns = columnsOf(currency, (id) => set({ delivery: id }));
  return (
    <Stack gap="md">
      <Progress campaign={campaign} chosen={state} onChoose={(one) => set({ outcome: one })} />
      <Panel
        title={state === undefined ? "All deliveries" : `Deliveries: ${words(state).toLowerCase()}`}
        lead="In the order they are due"
        flush
        actions={<CsvButton name={`${campaign.campaign_id}-deliveries`} columns={columns} rows={rows} />}
      >
        <Asked
          query={found}
          isEmpty={() => rows.length === 0}
          empty={
            <Empty
              title={state === undefined ? "No deliveries yet" : "No deliveries match"}
              why={
                state === undefined
                  ? "Starting puts the approved plan into the outbox; a worker sends what is due."
                  : "No delivery of this campaign is in this state."
              }
              {...(state === undefined ? { command: "retinue worker" } : {})}
            />
          }
        >
          {() => (
            <DataTable
              label="Deliveries"
              columns={columns}
              rows={rows}
              rowKey={(row) => row.delivery_id}
              selected={delivery}
              foot={
                found.hasNextPage ? (
                  <Group justify="center" p="xs">
                    <Button
                      size="xs"
                      variant="subtle"
                      loading={found.isFetchingNextPage}
                      onClick={() => void found.fetchNextPage()}
                    >
                      Show more deliveries
                    </Button>
                  </Group>
                ) : null
              }
            />
          )}
        </Asked>
      </Panel>
      <DeliveryDetail id={delivery} currency={currency} onClose={() => set({ delivery: undefined })} />
    </Stack>
  );
}

/** Ask for the list again when the counts have changed. */
function useFollowed(counts: string) {
  const queries = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the counts are what it waits for
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ["/api/v1/deliveries"] });
  }, [counts, queries]);
}

interface ProgressProps {
  campaign: Schemas["Campaign"];
  chosen: DeliveryState | undefined;
  onChoose: (state: DeliveryState | undefined) => void;
}

function Progress({ campaign, chosen, onChoose }: ProgressProps) {
  const { all, ended } = progressOf(campaign.deliveries);
  if (all === 0) return null;
  const states = DELIVERY_STATES.filter((state) => (campaign.deliveries[state] ?? 0) > 0);
  return (
    <Panel
      title="Progress"
      lead={
        <span role="status">
          {count(ended)} of {count(all)} deliveries finished ({percent(ended / all)})
          {campaign.state === "running" ? "; refreshed every few seconds" : ""}
        </span>
      }
    >
      <div className={styles.bar} aria-hidden>
        {states.map((state) => (
          <div
            key={state}
            style={{
              flexGrow: campaign.deliveries[state],
              background: `var(--mantine-color-${DELIVERY_COLOURS[state]}-filled)`,
            }}
          />
        ))}
      </div>
      <Group gap="xs" mt="sm">
        {states.map((state) => (
          <Button
            key={state}
            size="compact-sm"
            variant={chosen === state ? "filled" : "default"}
            aria-pressed={chosen === state}
            onClick={() => onChoose(chosen === state ? undefined : state)}
          >
            {words(state)}: {count(campaign.deliveries[state])}
          </Button>
        ))}
      </Group>
      {(campaign.deliveries.unknown ?? 0) > 0 ? (
        <Text size="sm" mt="sm">
          Of {count(campaign.deliveries.unknown)} nobody knows whether they arrived: the answer was lost. They
          are never sent again by themselves. Look at the other end, then say what you found.
        </Text>
      ) : null}
    </Panel>
  );
}

const USUAL: Record<DeliveryState, string> = {
  sent: "the channel took it",
  sending: "under way",
  queued: "waits until it is due",
  unknown: "no answer came",
  failed: "it was refused",
  withheld: "a check held it back",
  expired: "it could not begin in time",
  cancelled: "it was called off",
};

function columnsOf(currency: string, open: (id: string) => void): Column<Row>[] {
  return [
    {
      key: "customer_id",
      title: "Customer",
      value: (row) => row.customer_id,
      show: (row) => <CustomerLink id={row.customer_id} />,
    },
    {
      key: "state",
      title: "State",
      value: (row) => row.state,
      show: (row) => (
        <Badge className="mark" color={DELIVERY_COLOURS[row.state]}>
          {words(row.state)}
        </Badge>
      ),
    },
    {
      key: "channel",
      title: "Channel",
      value: (row) => row.channel,
      show: (row) => (row.channel === "" ? <Quiet text="none" /> : words(row.channel)),
    },
    { key: "kind", title: "What", value: (row) => words(row.kind) },
    {
      key: "reason",
      title: "Why",
      value: (row) => row.reason,
      show: (row) =>
        row.reason ? <span className="sentence">{row.reason}</span> : <Quiet text={USUAL[row.state]} />,
    },
    {
      key: "planned_cents",
      title: "Cost",
      value: (row) => (row.cost_cents ?? row.planned_cents) / 100,
      show: (row) => cents(row.cost_cents ?? row.planned_cents, currency),
      right: true,
    },
    { key: "tries", title: "Tries", value: (row) => row.tries, right: true },
    {
      key: "due_at",
      title: "Due",
      value: (row) => row.due_at,
      show: (row) => <span title={time(row.due_at)}>{fromNow(row.due_at)}</span>,
    },
    {
      key: "open",
      title: "Details",
      value: (row) => row.delivery_id,
      fixed: true,
      show: (row) => (
        <Button
          size="compact-xs"
          variant={row.state === "unknown" ? "light" : "subtle"}
          onClick={() => open(row.delivery_id)}
          aria-label={`${row.state === "unknown" ? "Settle" : "Details of"} the delivery to ${row.customer_id}`}
        >
          {row.state === "unknown" ? "Settle" : "Details"}
        </Button>
      ),
    },
  ];
}

function Quiet({ text }: { text: string }) {
  return (
    <Text span size="sm" c="dimmed">
      {text}
    </Text>
  );
}
