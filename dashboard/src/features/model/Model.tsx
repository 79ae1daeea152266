import { useAsk } from "@/lib/service";
import { Page } from "@/ui/Page";
import { Asked, NoRunYet, Waiting } from "@/ui/states";
import { AccuracyPanel } from "./AccuracyPanel";
import { CalibrationPanel } from "./CalibrationPanel";
import { ChampionPanel } from "./ChampionPanel";
import { DecilePanel } from "./DecilePanel";
import { DriftPanel } from "./DriftPanel";
import { ImportancePanel } from "./ImportancePanel";
import { KeyFigures } from "./KeyFigures";
import { SurvivalPanel } from "./SurvivalPanel";

/** How good the model is, whether it was right, and whether customers still look as they did. */
export function Component() {
  const found = useAsk("/api/v1/analytics/model", { query: {} });
  return (
    <Page
      title="Model performance"
      lead={
        found.data === undefined
          ? "Whether the scores can be trusted."
          : `${found.data.champion.statement} ${found.data.churn_statement}`
      }
    >
      <Asked
        query={found}
        empty={<NoRunYet framed what="How good the model is" />}
        waiting={<Waiting lines={10} />}
      >
        {(figures) => (
          <>
            <KeyFigures figures={figures} />
            <div className="halves">
              <AccuracyPanel figures={figures} />
              <CalibrationPanel figures={figures} />
              <DecilePanel figures={figures} />
              <ImportancePanel figures={figures} />
            </div>
            <SurvivalPanel figures={figures} />
            <DriftPanel figures={figures} />
            <ChampionPanel figures={figures} />
          </>
        )}
      </Asked>
    </Page>
  );
}
