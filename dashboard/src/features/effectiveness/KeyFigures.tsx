import { useKept } from "@/lib/address";
import { count, money, percent } from "@/lib/format";
import { changeOf, inMoney } from "@/ui/change";
import { Tile } from "@/ui/Tile";
import { type Figures, sumsOf } from "./figures";

/** Offers made, answered, and what each retained customer cost; beside the period before. */
export function KeyFigures({ figures }: { figures: Figures }) {
  const to = useKept();
  const { currency, period } = figures;
  const now = sumsOf(figures.incentives);
  const before = figures.previous_incentives.length === 0 ? undefined : sumsOf(figures.previous_incentives);
  const each = now.retained === 0 ? null : now.spend / now.retained;
  const eachBefore = before === undefined || before.retained === 0 ? null : before.spend / before.retained;
  const told = figures.responses.filter((row) => row.redeemed.value !== null);
  const messages = told.reduce((sum, row) => sum + row.redeemed.of, 0);
  const redeemed = told.reduce((sum, row) => sum + row.redeemed.count, 0);
  const explored = figures.explored.at(-1);
  return (
    <div className="tiles">
      <Tile
        label="Offers made"
        value={count(now.made)}
        note={`${count(now.judged)} with a known outcome`}
        change={changeOf(now.made, before?.made)}
        to={to("/customers", { stage: "intervention", from: period.first, to: period.last })}
      />
      <Tile
        label="Retained"
        definition="Of those with a known outcome. Whether the offer caused it is told by the test below."
        value={now.judged === 0 ? null : percent(now.retained / now.judged)}
        note={now.judged === 0 ? "no outcome known yet" : `${count(now.retained)} of ${count(now.judged)}`}
        change={changeOf(
          now.judged === 0 ? null : now.retained / now.judged,
          before === undefined || before.judged === 0 ? null : before.retained / before.judged,
          percent,
          true,
        )}
        to={
          now.judged === 0
            ? undefined
            : to("/customers", { stage: "retained", from: period.first, to: period.last })
        }
      />
      <Tile
        label="Cost per retained"
        {...(figures.definitions.cost_per_retained === undefined
          ? {}
          : { definition: figures.definitions.cost_per_retained })}
        value={each === null ? null : money(each, currency)}
        note={
          each === null ? "nobody is known to have stayed" : "spend ÷ retained, whether because of it or not"
        }
        change={changeOf(each, eachBefore, inMoney(currency), false)}
      />
      <Tile
        label="Response rate"
        definition="Of the messages sent in the period through channels that tell of it, those whose offer was taken."
        value={messages === 0 ? null : percent(redeemed / messages)}
        note={
          messages === 0
            ? "no channel told of an offer that was taken"
            : `${count(redeemed)} of ${count(messages)} offers redeemed`
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
