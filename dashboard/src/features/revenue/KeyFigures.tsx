import { useKept } from "@/lib/address";
import { count, decimal, interval, money } from "@/lib/format";
import { changeOf, inMoney } from "@/ui/change";
import { Tile } from "@/ui/Tile";
import type { Figures, Sure } from "./figures";

/** Saved, proved, paid, and what remains. */
export function KeyFigures({ figures }: { figures: Figures }) {
  const to = useKept();
  const { all, before, currency, definitions, months } = figures;
  if (all === null) return null;
  const write = (value: number | null | undefined) => money(value, currency);
  const period = { from: figures.period.first, to: figures.period.last };
  const told = (name: string) => (definitions[name] === undefined ? {} : { definition: definitions[name] });
  return (
    <div className="tiles">
      <Tile
        label="Saved revenue"
        {...told("saved")}
        value={all.saved === null ? null : write(all.saved)}
        note={all.saved === null ? all.saved_reason : `${count(all.retained)} retained × CLV; not causal`}
        trend={months.map((one) => one.saved)}
        change={changeOf(all.saved, before?.saved, inMoney(currency), true)}
        to={to("/customers", { stage: "retained", ...period })}
      />
      <Tile
        label="Incremental revenue"
        {...told("incremental")}
        value={shown(all.incremental, write)}
        note={sureNote(all.incremental, write, `vs ${count(all.alone)} in the holdout`)}
        change={changeOf(all.incremental.value, before?.incremental.value, inMoney(currency), true)}
      />
      <Tile
        label="Incentive cost"
        {...told("cost")}
        value={write(all.cost)}
        note={`${count(all.offered)} offers to ${count(all.treated)} treated customers`}
        trend={months.map((one) => one.cost)}
        change={changeOf(all.cost, before?.cost, inMoney(currency))}
        to={to("/customers", { stage: "intervention", ...period })}
      />
      <Tile
        label="Net revenue protection"
        {...told("net")}
        value={shown(all.net, write)}
        note={sureNote(all.net, write, "incremental − cost")}
        trend={months.map((one) => one.net.value)}
        change={changeOf(all.net.value, before?.net.value, inMoney(currency), true)}
      />
      <Tile
        label="ROI"
        {...told("roi")}
        value={shown(all.roi, (value) => `${decimal(value, 1)} ×`)}
        note={sureNote(all.roi, (value) => `${decimal(value, 1)} ×`, "net ÷ cost")}
        change={changeOf(all.roi.value, before?.roi.value, (value) => `${decimal(value, 1)} ×`, true)}
      />
    </div>
  );
}

type Write = (value: number | null | undefined) => string;

function shown(sure: Sure, write: Write) {
  return sure.value === null ? null : write(sure.value);
}

function sureNote(sure: Sure, write: Write, more: string) {
  if (sure.value === null) return sure.reason;
  return (
    <>
      {interval(sure.low, sure.high, write)} (95 %)
      <br />
      {more}
    </>
  );
}
