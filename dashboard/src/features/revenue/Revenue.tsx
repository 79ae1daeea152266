import { Alert } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useNewest } from "@/lib/newest";
import { usePeriod } from "@/lib/period";
import { useAsk } from "@/lib/service";
import { Page } from "@/ui/Page";
import { PeriodPicker } from "@/ui/PeriodPicker";
import { Asked, Empty, NoRunYet, Waiting } from "@/ui/states";
import { BudgetPanel } from "./BudgetPanel";
import { GroupsPanel } from "./GroupsPanel";
import { KeyFigures } from "./KeyFigures";
import { MonthsPanel } from "./MonthsPanel";

/** What the offers brought, what they cost, and what of it is proved against the customers left alone. */
export function Component() {
  const newest = useNewest();
  const [period, setPeriod] = usePeriod(newest.data?.as_of);
  const found = useAsk(
    "/api/v1/analytics/revenue",
    { query: { from: period.from, to: period.to } },
    { enabled: !newest.isPending, placeholderData: (before) => before },
  );
  return (
    <Page
      title="Revenue impact"
      lead="Saved revenue as usually counted, and how much of it the holdout proves."
      actions={<PeriodPicker period={period} onChange={setPeriod} />}
    >
      <Asked
        query={found}
        empty={<NoRunYet framed what="What the offers earned" />}
        waiting={<Waiting lines={10} />}
      >
        {(figures) => (
          <>
            {figures.hidden ? (
              <Alert color="red" icon={<IconEyeOff aria-hidden />} title="The comparison is hidden">
                {figures.hidden_why.join(" ")} Until that is explained no number here may be taken for an
                effect.
              </Alert>
            ) : null}
            {figures.all === null ? (
              <div className="panel">
                <Empty
                  title="No decisions yet"
                  why="What offers earned against the holdout is shown once the first outcomes are known."
                  to={{ label: "See the campaigns", path: "/campaigns" }}
                />
              </div>
            ) : (
              <>
                <KeyFigures figures={figures} />
                <MonthsPanel figures={figures} />
                <GroupsPanel
                  title="By value tier"
                  name="revenue-by-tier"
                  group="Tier"
                  filter="tier"
                  rows={figures.tiers}
                  currency={figures.currency}
                />
                <GroupsPanel
                  title="By segment"
                  name="revenue-by-segment"
                  group="Segment"
                  filter="segment"
                  rows={figures.segments}
                  currency={figures.currency}
                />
              </>
            )}
            <BudgetPanel figures={figures} />
          </>
        )}
      </Asked>
    </Page>
  );
}
