import { Group, Stack, Tabs, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import type { Schemas } from "@/api/client";
import { useKept, useParam } from "@/lib/address";
import { count, day, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useSession } from "@/lib/session";
import { StateBadge } from "@/ui/marks";
import { Page } from "@/ui/Page";
import { Panel } from "@/ui/Panel";
import { Asked, Empty, Waiting } from "@/ui/states";
import { Actions } from "./Actions";
import { Deliveries } from "./Deliveries";
import { DryRun } from "./DryRun";
import { progressOf, STATES } from "./life";
import { Moves } from "./Moves";
import { NextStep } from "./NextStep";
import { Overview, Tiles } from "./Overview";
import { Stepper } from "./Stepper";
import { StopAll } from "./StopAll";
import { useSeen } from "./seen";

const TABS = ["overview", "dry-run", "deliveries", "customers", "history"] as const;
const EVERY = 4_000;

/** One campaign, from its plan to its last delivery. */
export function Component() {
  const { campaignId = "" } = useParams();
  const to = useKept();
  const found = useAsk(
    "/api/v1/campaigns/{campaign_id}",
    { path: { campaign_id: campaignId } },
    {
      // while it runs, its deliveries come to an end one by one
      refetchInterval: ({ state }) => (state.data?.state === "running" ? EVERY : false),
    },
  );
  return (
    <Page
      title={campaignId}
      lead={
        <Group gap="xs">
          <Link className="plain" to={to("/campaigns")}>
            All campaigns
          </Link>
          {found.data === undefined ? null : (
            <>
              <StateBadge state={found.data.state} />
              <span title={time(found.data.as_of)}>as of {day(found.data.as_of)}</span>
              <span>run {found.data.run_id.slice(0, 12)}</span>
              {found.data.approved_by === null ? null : <span>approved by {found.data.approved_by}</span>}
            </>
          )}
        </Group>
      }
      actions={<StopAll />}
    >
      <Asked
        query={found}
        waiting={<Waiting lines={8} />}
        empty={
          <Empty
            title="No such campaign"
            why={`No run made ${campaignId}, and nobody planned it.`}
            to={{ label: "See all campaigns", path: "/campaigns" }}
          />
        }
      >
        {(campaign) => <Whole campaign={campaign} />}
      </Asked>
    </Page>
  );
}

function Whole({ campaign }: { campaign: Schemas["Campaign"] }) {
  const session = useSession();
  const currency = campaign.currency ?? session.data?.currency ?? "EUR";
  const [seen, see] = useSeen(campaign.plan_sha256);
  const [tab, setTab] = useParam("tab", "overview");
  const { all } = progressOf(campaign.deliveries);
  const shown = (TABS as readonly string[]).includes(tab) ? tab : "overview";
  return (
    <Stack gap="lg">
      <Panel title="Next step">
        <Stack gap="md">
          <Stepper
            state={campaign.state}
            before={STATES.find((one) => one === campaign.moves.at(-1)?.before)}
            seen={seen}
          />
          <NextStep campaign={campaign} seen={seen} currency={currency} onLook={() => setTab("dry-run")} />
        </Stack>
      </Panel>
      <Tiles campaign={campaign} currency={currency} />
      <Tabs value={shown} onChange={(value) => setTab(value ?? undefined)} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Parts of this campaign">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="dry-run">Dry run</Tabs.Tab>
          <Tabs.Tab
            value="deliveries"
            rightSection={
              all === 0 ? null : (
                <Text span size="xs" c="dimmed" className="numbers">
                  {count(all)}
                </Text>
              )
            }
          >
            Deliveries
          </Tabs.Tab>
          <Tabs.Tab value="customers">Customers</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview campaign={campaign} currency={currency} />
        </Tabs.Panel>
        <Tabs.Panel value="dry-run">
          <DryRun campaign={campaign} currency={currency} onSeen={see} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <Deliveries campaign={campaign} currency={currency} />
        </Tabs.Panel>
        <Tabs.Panel value="customers">
          <Actions campaign={campaign.campaign_id} currency={currency} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <Moves moves={campaign.moves} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
