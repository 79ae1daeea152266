import { count, interval, money, percent, points } from "@/lib/format";
import { Tile } from "@/ui/Tile";
import { contrastIn, type Tested } from "./tested";

interface Props {
  tested: Tested;
  hidden: boolean;
  currency: string;
}

/** The effect so far, and how many are tested. */
export function KeyFigures({ tested, hidden, currency }: Props) {
  const retention = hidden ? undefined : contrastIn(tested, "retention")?.estimate;
  const revenue = hidden ? undefined : contrastIn(tested, "net_revenue")?.estimate;
  const treated = tested.arms.find((one) => one.arm === "treatment");
  const alone = tested.arms.find((one) => one.arm === "holdout");
  const inMoney = (value: number | null | undefined) => money(value, currency);
  const why = hidden ? "hidden: the arms are not as drawn" : "too few results are known";
  return (
    <div className="tiles">
      <Tile
        label="Effect on retention"
        definition="Retained with offers minus retained when left alone, by intention to treat. The interval holds however often one looks."
        value={retention?.value == null ? null : points(retention.value)}
        note={
          retention?.value == null
            ? why
            : `${interval(retention.always_low, retention.always_high, points)}, whenever looked at`
        }
      />
      <Tile
        label="Net revenue per customer"
        definition="What a treated customer brought more than one left alone, after the cost of the offers."
        value={revenue?.value == null ? null : inMoney(revenue.value)}
        note={
          revenue?.value == null
            ? why
            : `${interval(revenue.always_low, revenue.always_high, inMoney)}, whenever looked at`
        }
      />
      <Tile
        label="Treated"
        value={count(treated?.customers ?? 0)}
        note={`${count(treated?.judged ?? 0)} judged by now`}
      />
      <Tile
        label="Left alone"
        value={count(alone?.customers ?? 0)}
        note={`${count(alone?.judged ?? 0)} judged by now`}
      />
      <Tile
        label="Holdout"
        definition="The share of customers at risk who are left alone by lot (holdout.share)."
        value={percent(tested.holdout_share)}
        note={`${count(tested.held_out)} held out and ${count(tested.explored)} tried for learning in the newest run`}
      />
    </div>
  );
}
