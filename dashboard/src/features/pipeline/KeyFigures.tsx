import { useKept } from "@/lib/address";
import { count, interval, percent } from "@/lib/format";
import { changeOf } from "@/ui/change";
import { Tile } from "@/ui/Tile";
import { type Figures, STAGES, stageWords } from "./stages";

const COURSE = {
  total: "active",
  at_risk: "at_risk",
  intervention: "interventions",
  retained: "retained",
} as const;
const MORE_IS_BETTER: Record<string, boolean | undefined> = { at_risk: false, retained: true };

/** The stages of the funnel and the share retained, each beside the period before. */
export function KeyFigures({ figures }: { figures: Figures }) {
  const to = useKept();
  const kept = figures.all.retention?.share;
  const before = figures.all.previous_retention?.share.value;
  return (
    <div className="tiles">
      {STAGES.map((name) => {
        const stage = figures.all.stages.find((one) => one.stage === name);
        return (
          <Tile
            key={name}
            label={stageWords(name)}
            {...(figures.definitions[name] === undefined ? {} : { definition: figures.definitions[name] })}
            value={stage?.customers == null ? null : count(stage.customers)}
            note={stage?.customers == null ? "too few customers to be told alone" : undefined}
            trend={
              name in COURSE
                ? figures.series.map((one) => one[COURSE[name as keyof typeof COURSE]])
                : undefined
            }
            change={changeOf(stage?.customers, stage?.previous, count, MORE_IS_BETTER[name])}
            to={
              stage?.customers
                ? to("/customers", { stage: name, from: figures.period.first, to: figures.period.last })
                : undefined
            }
          />
        );
      })}
      <Tile
        label="Retention rate"
        definition="Of the customers whose outcome is known by now, those who stayed. Compare with the holdout before you call it an effect."
        value={kept?.value == null ? null : percent(kept.value)}
        note={
          kept?.value == null
            ? (kept?.reason ?? "too few customers to be told alone")
            : `${interval(kept.low, kept.high, percent)} (95 %), ${count(kept.of)} known`
        }
        change={changeOf(kept?.value, before, percent, true)}
      />
    </div>
  );
}
