import { Select } from "@mantine/core";
import { useParam } from "@/lib/address";
import { day } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { usePeriod } from "@/lib/period";
import { useAsk } from "@/lib/service";
import { OTHERS } from "@/ui/others";
import { Page } from "@/ui/Page";
import { PeriodPicker } from "@/ui/PeriodPicker";
import { Asked, Empty, NoRunYet, Waiting } from "@/ui/states";
import { FunnelPanel } from "./FunnelPanel";
import { KeyFigures } from "./KeyFigures";
import { TierPanel } from "./TierPanel";
import { TrendPanel } from "./TrendPanel";

/** From all customers to those who stayed after an offer, by value tier and over time. */
export function Component() {
  const newest = useNewest();
  const [period, setPeriod] = usePeriod(newest.data?.as_of);
  const [tier, setTier] = useParam("tier");
  const [segment, setSegment] = useParam("segment");
  const found = useAsk(
    "/api/v1/analytics/pipeline",
    {
      query: {
        from: period.from,
        to: period.to,
        ...(tier ? { tier } : {}),
        ...(segment ? { segment } : {}),
      },
    },
    { enabled: !newest.isPending, placeholderData: (before) => before },
  );
  const pipeline = newest.data?.at_risk_pipeline;
  return (
    <Page
      title="At-risk pipeline"
      lead="How many customers were at risk, how many got an offer, and how many of those stayed."
      actions={
        <>
          <Select
            aria-label="Value tier"
            placeholder="All tiers"
            w={150}
            clearable
            value={tier || null}
            data={(pipeline?.tiers ?? []).map((one) => one.tier).filter((name) => name !== OTHERS)}
            onChange={(value) => setTier(value ?? undefined)}
          />
          <Select
            aria-label="Segment"
            placeholder="All segments"
            w={210}
            clearable
            value={segment || null}
            data={(pipeline?.segments ?? [])
              .map((one) => String(one.segment))
              .filter((name) => name !== OTHERS)}
            onChange={(value) => setSegment(value ?? undefined)}
          />
          <PeriodPicker period={period} onChange={setPeriod} />
        </>
      }
    >
      <Asked query={found} empty={<NoRunYet framed what="The pipeline" />} waiting={<Waiting lines={10} />}>
        {(figures) =>
          figures.period.runs === 0 ? (
            <div className="panel">
              <Empty
                title="No run reaches this period"
                why={`The funnel is made of what runs found. The first one known is as of ${day(figures.history_from)}, the newest as of ${day(figures.as_of)}; choose a period that holds one.`}
              />
            </div>
          ) : (
            <>
              <KeyFigures figures={figures} />
              <div className="halves">
                <FunnelPanel figures={figures} />
                <TrendPanel figures={figures} />
              </div>
              <TierPanel figures={figures} />
            </>
          )
        }
      </Asked>
    </Page>
  );
}
