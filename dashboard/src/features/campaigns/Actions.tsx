import { Badge, Button, Group, Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { money, offerWords, words } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked, Empty } from "@/ui/states";
import { routeWords } from "./routes";

type Row = Schemas["Action"];

/** What the campaign does for each customer at risk, in the order of their rank. */
export function Actions({ campaign, currency }: { campaign: string; currency: string }) {
  const found = usePages("/api/v1/campaigns/{campaign_id}/actions", {
    path: { campaign_id: campaign },
    query: { limit: 200 },
  });
  const rows = found.data?.pages.flatMap((page) => page.actions) ?? [];
  const columns = columnsOf(currency);
  return (
    <Panel
      title="Customers"
      lead="All customers at risk, by rank; the random holdout is marked"
      flush
      actions={<CsvButton name={`${campaign}-customers`} columns={columns} rows={rows} />}
    >
      <Asked
        query={found}
        isEmpty={() => rows.length === 0}
        empty={<Empty title="No customers" why="No customer was above the threshold when the run decided." />}
      >
        {() => (
          <DataTable
            label="Customers of the campaign"
            columns={columns}
            rows={rows}
            rowKey={(row) => row.decision_id}
            foot={
              found.hasNextPage ? (
                <Group justify="center" p="xs">
                  <Button
                    size="xs"
                    variant="subtle"
                    loading={found.isFetchingNextPage}
                    onClick={() => void found.fetchNextPage()}
                  >
                    Show more customers
                  </Button>
                </Group>
              ) : null
            }
          />
        )}
      </Asked>
    </Panel>
  );
}

function columnsOf(currency: string): Column<Row>[] {
  return [
    { key: "rank", title: "Rank", value: (row) => row.rank, right: true },
    {
      key: "customer_id",
      title: "Customer",
      value: (row) => row.customer_id,
      show: (row) => <CustomerLink id={row.customer_id} />,
    },
    {
      key: "action_type",
      title: "Action",
      value: (row) => row.action_type,
      show: (row) => (
        <Group gap={6} wrap="nowrap" className="nowrap">
          {routeWords(row.action_type)}
          {row.held_out ? (
            <Badge className="mark" color="grape">
              Held out
            </Badge>
          ) : null}
        </Group>
      ),
    },
    {
      key: "offer",
      title: "Offer",
      value: (row) => offerOf(row),
      show: (row) => <span className="nowrap">{offerOf(row)}</span>,
    },
    { key: "urgency", title: "Urgency", value: (row) => words(row.urgency) },
    {
      key: "expected_roi",
      title: "Expected net",
      value: (row) => row.expected_roi,
      show: (row) => (row.recommended_incentive === null ? <None /> : money(row.expected_roi, currency)),
      right: true,
    },
    {
      key: "cost",
      title: "Cost",
      value: (row) => row.cost,
      show: (row) => (row.recommended_incentive === null ? <None /> : money(row.cost, currency)),
      right: true,
    },
    {
      key: "rule",
      title: "Why",
      value: (row) => row.rule_words ?? words(row.rule),
      show: (row) => <span className="sentence">{row.rule_words ?? words(row.rule)}</span>,
      fixed: true,
    },
  ];
}

function None() {
  return (
    <Text span size="sm" c="dimmed">
      no offer
    </Text>
  );
}

/** The offer in words. */
function offerOf(row: Row): string {
  const offer = row.recommended_incentive;
  if (offer === null) return "No offer";
  const { type, value } = offer as { type?: string; value?: number };
  return offerWords(type === "percentage_discount" ? `${type}_${value}` : type);
}
