import { Button, Group, MultiSelect, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link, useNavigate } from "react-router";
import type { Schemas } from "@/api/client";
import { useKept, useParam } from "@/lib/address";
import { count, day, fromNow, money, time, words } from "@/lib/format";
import { usePages } from "@/lib/service";
import { useMay, useSession } from "@/lib/session";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { StateBadge } from "@/ui/marks";
import { Page } from "@/ui/Page";
import { Panel } from "@/ui/Panel";
import { Asked, Empty, NoRunYet } from "@/ui/states";
import { DeliveryCounts } from "./DeliveryCounts";
import { STATES, type State } from "./life";
import { StopAll } from "./StopAll";
import { useStep } from "./steps";

type Row = Schemas["CampaignRow"];

/** Every campaign: what it is for, what became of it, and what waits for somebody. */
export function Component() {
  const [state, setState] = useParam("state");
  const states = state.split(",").filter((one): one is State => (STATES as readonly string[]).includes(one));
  const found = usePages("/api/v1/campaigns", { query: { state: states, limit: 100 } });
  const rows = found.data?.pages.flatMap((page) => page.campaigns) ?? [];
  const to = useKept();
  const currency = useSession().data?.currency ?? "EUR";
  const columns = columnsOf(currency, (id) => to(`/campaigns/${encodeURIComponent(id)}`));
  return (
    <Page
      title="Campaigns"
      lead="Each run proposes a campaign. Plan it, check the dry run, approve it, then start sending."
      actions={
        <>
          <StopAll />
          <PlanNewest newest={states.length === 0 ? rows[0] : undefined} />
        </>
      }
    >
      <Panel
        title="All campaigns"
        lead="Newest first"
        flush
        actions={
          <Group gap="xs" align="center">
            <MultiSelect
              aria-label="Only campaigns in these states"
              placeholder={states.length === 0 ? "Any state" : ""}
              size="xs"
              w={{ base: 180, sm: 240 }}
              data={STATES.map((one) => ({ value: one, label: words(one) }))}
              value={states}
              onChange={(chosen) => setState(chosen.join(","))}
              clearable
            />
            <CsvButton name="campaigns" columns={columns} rows={rows} />
          </Group>
        }
      >
        <Asked
          query={found}
          isEmpty={() => rows.length === 0}
          empty={
            states.length > 0 ? (
              <Empty
                title="No campaigns match"
                why={`There is none that is ${states.map((one) => words(one).toLowerCase()).join(" or ")}.`}
                action={
                  <Button variant="light" onClick={() => setState(undefined)}>
                    Show all states
                  </Button>
                }
              />
            ) : (
              <NoRunYet what="The first campaign" />
            )
          }
        >
          {() => (
            <DataTable
              label="Campaigns"
              columns={columns}
              rows={rows}
              rowKey={(row) => row.campaign_id}
              foot={
                found.hasNextPage ? (
                  <Group justify="center" p="xs">
                    <Button
                      variant="subtle"
                      size="xs"
                      loading={found.isFetchingNextPage}
                      onClick={() => void found.fetchNextPage()}
                    >
                      Show older campaigns
                    </Button>
                  </Group>
                ) : null
              }
            />
          )}
        </Asked>
      </Panel>
    </Page>
  );
}

/** Plans the newest run's campaign, where nobody did. */
function PlanNewest({ newest }: { newest: Row | undefined }) {
  const may = useMay();
  const go = useNavigate();
  const step = useStep();
  if (newest?.state !== "listed" || !may("campaigns.plan")) return null;
  const plan = () =>
    step.mutate(
      { campaign: newest.campaign_id, act: "plan", reason: "" },
      {
        onSuccess: (done) => {
          notifications.show({
            title: `${done.campaign_id} is planned`,
            message: "Nothing was sent. Look at it, then approve it.",
          });
          void go(`/campaigns/${encodeURIComponent(done.campaign_id)}`);
        },
        onError: (error) =>
          notifications.show({
            color: "red",
            title: "It could not be planned",
            message: [error.message, error.fix].filter(Boolean).join(" "),
            autoClose: false,
          }),
      },
    );
  return (
    <Button onClick={plan} loading={step.isPending}>
      Plan the newest campaign
    </Button>
  );
}

function columnsOf(currency: string, link: (id: string) => string): Column<Row>[] {
  return [
    {
      key: "campaign_id",
      title: "Campaign",
      value: (row) => row.campaign_id,
      show: (row) => (
        <Link className="plain numbers" to={link(row.campaign_id)}>
          {row.campaign_id}
        </Link>
      ),
    },
    {
      key: "state",
      title: "State",
      value: (row) => row.state,
      show: (row) => <StateBadge state={row.state} />,
    },
    {
      key: "as_of",
      title: "As of",
      value: (row) => row.as_of,
      show: (row) => (
        <span title={`${time(row.as_of)} (${fromNow(row.as_of)})`} className="numbers nowrap">
          {day(row.as_of)}
        </span>
      ),
    },
    {
      key: "customers",
      title: "At risk",
      value: (row) => row.customers,
      show: (row) => (row.customers === null ? <Unknown /> : count(row.customers)),
      right: true,
    },
    {
      key: "offers",
      title: "Offers",
      value: (row) => row.offers,
      show: (row) => (row.offers === null ? <Unknown /> : count(row.offers)),
      right: true,
    },
    {
      key: "expected_net",
      title: "Expected net",
      value: (row) => row.expected_net,
      show: (row) => (row.expected_net === null ? <Unknown /> : money(row.expected_net, currency)),
      right: true,
    },
    {
      key: "planned_cost",
      title: "Cost",
      value: (row) => row.planned_cost,
      show: (row) => (row.planned_cost === null ? <Unknown /> : money(row.planned_cost, currency)),
      right: true,
    },
    {
      key: "deliveries",
      title: "Deliveries",
      value: (row) =>
        Object.entries(row.deliveries)
          .map(([name, number]) => `${name} ${number}`)
          .join(", "),
      show: (row) => <DeliveryCounts counts={row.deliveries} />,
      fixed: true,
    },
    {
      key: "approved_by",
      title: "Approved by",
      value: (row) => row.approved_by,
      show: (row) =>
        row.approved_by ?? (
          <Text span size="sm" c="dimmed" className="nowrap">
            nobody yet
          </Text>
        ),
    },
  ];
}

function Unknown() {
  return (
    <Text span size="sm" c="dimmed">
      no run
    </Text>
  );
}
