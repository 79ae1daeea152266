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
        definition="Retained with offers minus retained in the holdout, by intention to treat. The interval holds however often one looks."
        value={retention?.value == null ? null : points(retention.value)}
        trend={hidden ? undefined : tested.looks.map((one) => one.value)}
        note={
          retention?.value == null
            ? why
            : `${interval(retention.always_low, retention.always_high, points)} (95 %, always valid)`
        }
      />
      <Tile
        label="Net revenue per customer"
        definition="What a treated customer brought more than one in the holdout, after the cost of the offers."
        value={revenue?.value == null ? null : inMoney(revenue.value)}
        note={
          revenue?.value == null
            ? why
            : `${interval(revenue.always_low, revenue.always_high, inMoney)} (95 %, always valid)`
        }
      />
      <Tile
        label="Treated customers"
        value={count(treated?.customers ?? 0)}
        note={`${count(treated?.judged ?? 0)} with a known outcome`}
      />
      <Tile
        label="Holdout customers"
        value={count(alone?.customers ?? 0)}
        note={`${count(alone?.judged ?? 0)} with a known outcome`}
      />
      <Tile
        label="Holdout share"
        definition="The share of customers at risk who get no offer, at random (holdout.share)."
        value={percent(tested.holdout_share)}
        note={`${count(tested.held_out)} held out and ${count(tested.explored)} explored in the newest run`}
      />
    </div>
  );
}
