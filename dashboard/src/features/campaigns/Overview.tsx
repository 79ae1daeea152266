import { Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { cents, count, money, offerWords, words } from "@/lib/format";
import { Panel } from "@/ui/Panel";
import { Tile } from "@/ui/Tile";
import { figure } from "./NextStep";
import { routeWords } from "./routes";
import { Tally } from "./Tally";

type Campaign = Schemas["Campaign"];

/** For how many it is, and what it is expected to earn and to cost. */
export function Tiles({ campaign, currency }: { campaign: Campaign; currency: string }) {
  const budget = limitOf(campaign);
  const none = (
    <Text span size="sm" c="dimmed">
      not made by a run
    </Text>
  );
  return (
    <div className="tiles">
      <Tile
        label="Customers at risk"
        definition="Everybody above the threshold of the run, with an offer or without."
        value={campaign.customers === null ? none : count(campaign.customers)}
        to={campaign.customers ? "?tab=customers" : undefined}
        note={
          campaign.held_out === null
            ? undefined
            : `${count(campaign.held_out)} of them held out, to measure against`
        }
      />
      <Tile
        label="Offers"
        definition="Customers for whom the run decided on an offer."
        value={campaign.offers === null ? none : count(campaign.offers)}
        to={campaign.offers ? (campaign.plan_sha256 === null ? "?tab=customers" : "?tab=dry-run") : undefined}
        {...(campaign.totals === null
          ? {}
          : {
              note: `${count(figure(campaign.totals, "excluded"))} of them excluded: no reachable or permitted channel`,
            })}
      />
      <Tile
        label="Expected net"
        definition="What the offers are expected to earn in the horizon of value, less what they cost. It is a forecast; what they earned is measured against the holdout."
        value={campaign.expected_net === null ? none : money(campaign.expected_net, currency)}
        note="a forecast; see Revenue impact for what was earned"
      />
      <Tile
        label="Planned cost"
        definition="What the offers cost if all are taken."
        value={campaign.planned_cost === null ? none : money(campaign.planned_cost, currency)}
        note={budget === undefined ? "no budget limit set" : `of ${money(budget, currency)} of the budget`}
      />
    </div>
  );
}

function limitOf(campaign: Campaign): number | undefined {
  const limit = campaign.budget?.limit;
  return typeof limit === "number" ? limit : undefined;
}

/** What the campaign does, by route, offer and channel; who gets nothing and why. */
export function Overview({ campaign, currency }: { campaign: Campaign; currency: string }) {
  const totals = campaign.totals;
  return (
    <div className="halves">
      <Panel title="What the run decided" lead="Customers at risk, by action" flush>
        <Tally
          what="Route"
          counts={campaign.actions}
          name={routeWords}
          nothing="No run made this campaign: it holds what customers accepted, or what was ordered by hand."
        />
      </Panel>
      <Panel title="Offers" lead="Customers by offer" flush>
        <Tally
          what="Offer"
          counts={campaign.offers_by_incentive}
          name={offerWords}
          nothing="The run decided on no offer."
        />
      </Panel>
      <Panel title="Channels" lead="Planned deliveries by channel" flush>
        <Tally
          what="Channel"
          of="Deliveries"
          counts={countsOf(totals?.by_channel)}
          name={words}
          nothing={totals === null ? "Not planned yet." : "Nothing in the plan goes out."}
        />
        {totals === null ? null : (
          <Text size="xs" c="dimmed" px="md" py="sm" className="numbers">
            {cents(figure(totals, "automatic_cents"), currency)} goes out automatically, of{" "}
            {cents(figure(totals, "cents"), currency)} in total.
          </Text>
        )}
      </Panel>
      <Panel title="Excluded, and why" lead="Customers with an offer whom the plan leaves out" flush>
        <Tally
          what="Reason"
          counts={countsOf(totals?.excluded_why)}
          name={(why) => why}
          nothing={totals === null ? "Not planned yet." : "Everybody with an offer can be reached."}
        />
      </Panel>
    </div>
  );
}

function countsOf(value: unknown): Record<string, number> {
  return typeof value === "object" && value !== null ? (value as Record<string, number>) : {};
}
