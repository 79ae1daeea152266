import { count, interval, money, percent } from "@/lib/format";
import { changeOf, inMoney } from "@/ui/change";
import { Tile } from "@/ui/Tile";
import { useBehind } from "./behind";
import type { Figures } from "./figures";

/** Offers made, answered, and what each retained customer cost; beside the period before. */
export function KeyFigures({ figures }: { figures: Figures }) {
  const behind = useBehind(figures);
  const { currency, offers: now, previous_offers: before } = figures;
  const kept = now?.retained;
  const each = now?.cost_per_retained ?? null;
  const { redeemed } = figures;
  const explored = figures.explored.at(-1);
  return (
    <div className="tiles">
      <Tile
        label="Offers made"
        value={now === null ? null : count(now.made)}
        note={now === null ? "no run in this period" : `${count(now.judged)} with a known outcome`}
        change={changeOf(now?.made, before?.made)}
        to={now?.made ? behind("made") : undefined}
      />
      <Tile
        label="Retained"
        definition="Of those with a known outcome. Whether the offer caused it is told by the test below."
        value={kept?.value == null ? null : percent(kept.value)}
        note={
          kept?.value == null
            ? (kept?.reason ?? "no run in this period")
            : `${interval(kept.low, kept.high, percent)} (95 %), ${count(kept.count)} of ${count(kept.of)}`
        }
        change={changeOf(kept?.value, before?.retained.value, percent, true)}
        to={kept?.count ? behind("retained") : undefined}
      />
      <Tile
        label="Cost per retained"
        {...(figures.definitions.cost_per_retained === undefined
          ? {}
          : { definition: figures.definitions.cost_per_retained })}
        value={each === null ? null : money(each, currency)}
        note={
          each === null
            ? "nobody is known to have stayed"
            : "spend on the judged ÷ retained, whether because of it or not"
        }
        change={changeOf(each, before?.cost_per_retained, inMoney(currency), false)}
      />
      <Tile
        label="Response rate"
        definition="Of the messages sent in the period through channels that tell of it, those whose offer was taken."
        value={redeemed.value === null ? null : percent(redeemed.value)}
        note={
          redeemed.value === null
            ? redeemed.reason
            : `${interval(redeemed.low, redeemed.high, percent)} (95 %), ${count(redeemed.count)} of ${count(redeemed.of)} redeemed`
        }
      />
      <Tile
        label="Exploration"
        definition="Share of the newest run's decisions that try something the model does not think best, so that it learns."
        value={explored?.share == null ? null : percent(explored.share)}
        note={
          explored === undefined
            ? "no run in this period"
            : `${count(explored.explored)} of ${count(explored.offers)} offers of the newest run`
        }
      />
    </div>
  );
}
