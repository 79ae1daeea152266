import { useNewest } from "@/lib/newest";
import { usePeriod } from "@/lib/period";
import { useAsk } from "@/lib/service";
import { Page } from "@/ui/Page";
import { PeriodPicker } from "@/ui/PeriodPicker";
import { Asked, NoRunYet, Waiting } from "@/ui/states";
import { ExploredPanel } from "./ExploredPanel";
import { IncentivesPanel } from "./IncentivesPanel";
import { KeyFigures } from "./KeyFigures";
import { ResponsesPanel } from "./ResponsesPanel";
import { TestPanel } from "./TestPanel";

/** Which offers keep customers, who answers them, and what it costs. */
export function Component() {
  const newest = useNewest();
  const [period, setPeriod] = usePeriod(newest.data?.as_of);
  const found = useAsk(
    "/api/v1/analytics/campaigns",
    { query: { from: period.from, to: period.to } },
    { enabled: !newest.isPending, placeholderData: (before) => before },
  );
  return (
    <Page
      title="Campaign effectiveness"
      lead="Which offers keep customers, how customers respond, and what each retained customer costs."
      actions={<PeriodPicker period={period} onChange={setPeriod} />}
    >
      <Asked
        query={found}
        empty={<NoRunYet framed what="What campaigns did" />}
        waiting={<Waiting lines={10} />}
      >
        {(figures) => (
          <>
            <KeyFigures figures={figures} />
            <TestPanel figures={figures} />
            <IncentivesPanel figures={figures} />
            <ResponsesPanel figures={figures} />
            <ExploredPanel figures={figures} />
          </>
        )}
      </Asked>
    </Page>
  );
}
