import { count, decimal, interval, money } from "@/lib/format";
import { changeOf, inMoney } from "@/ui/change";
import { Tile } from "@/ui/Tile";
import type { Earned, Figures, Sure } from "./figures";

/** Saved, proved, paid, and what remains. */
export function KeyFigures({ figures }: { figures: Figures }) {
  const { all, before, currency, definitions, months } = figures;
  if (all === null) return null;
  const write = (value: number | null | undefined) => money(value, currency);
  const told = (name: string) => (definitions[name] === undefined ? {} : { definition: definitions[name] });
  return (
    <div className="tiles">
      <Tile
        label="Saved revenue"
        {...told("saved")}
        value={all.saved === null ? null : write(all.saved)}
        note={all.saved === null ? all.saved_reason : `${savedOf(all)} × CLV; not causal`}
        trend={months.map((one) => one.saved)}
        change={changeOf(all.saved, before?.saved, inMoney(currency), true)}
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
        value={all.cost === null ? null : write(all.cost)}
        note={
          all.cost === null
            ? all.saved_reason
            : `${count(all.offered)} of ${count(all.treated)} treated customers got an offer`
        }
        trend={months.map((one) => one.cost)}
        change={changeOf(all.cost, before?.cost, inMoney(currency))}
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

/** Of whom the value was saved: not of everybody it may be known. */
function savedOf({ retained, valued }: Earned): string {
  return valued === retained
    ? `${count(retained)} retained`
    : `${count(valued)} of ${count(retained)} retained, whose value is known,`;
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
