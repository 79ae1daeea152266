import { interval } from "@/lib/format";
import { Tile } from "@/ui/Tile";
import { type Figures, measureOf } from "./measures";

const SHOWN = ["auc", "lift_at_10", "calibration_error", "precision", "recall"];

/** The measures of the model in force, with their intervals and the best simple model beside them. */
export function KeyFigures({ figures: { champion, accuracy } }: { figures: Figures }) {
  return (
    <div className="tiles">
      {SHOWN.filter((name) => name in champion.measures).map((name) => {
        const measure = measureOf(name);
        const value = champion.measures[name];
        const simple = champion.baselines.logistic?.[name]?.value;
        return (
          <Tile
            key={name}
            label={measure.label}
            definition={measure.told}
            trend={accuracy.map((one) => one.measures[name]?.value)}
            value={value?.value == null ? null : measure.write(value.value)}
            note={
              value?.value == null ? (
                value?.reason
              ) : (
                <>
                  {interval(value.low, value.high, measure.write)} (95 %)
                  {simple == null ? null : (
                    <>
                      <br />
                      logistic regression: {measure.write(simple)}
                    </>
                  )}
                </>
              )
            }
          />
        );
      })}
    </div>
  );
}
