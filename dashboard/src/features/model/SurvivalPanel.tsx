import { SegmentedControl } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Chart } from "@/charts/Chart";
import { curves } from "@/charts/curves";
import type { Palette } from "@/charts/palette";
import { useParam } from "@/lib/address";
import { count, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./measures";

type Curve = NonNullable<Figures["survival"]["all"]>;
interface Row {
  cohort: string;
  days: number;
  share: number;
  low: number;
  high: number;
  followed: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: "cohort", title: "Cohort", value: (row) => row.cohort },
  { key: "days", title: "Days", value: (row) => row.days, right: true },
  {
    key: "share",
    title: "Still a customer",
    value: (row) => row.share,
    show: (row) => percent(row.share, 1),
    right: true,
  },
  { key: "low", title: "from", value: (row) => row.low, show: (row) => percent(row.low, 1), right: true },
  { key: "high", title: "to", value: (row) => row.high, show: (row) => percent(row.high, 1), right: true },
  {
    key: "followed",
    title: "Followed",
    value: (row) => row.followed,
    show: (row) => count(row.followed),
    right: true,
  },
];
const BY = { all: "All", quarter: "By quarter of sign-up", plan: "By first plan" } as const;

/** Where the axis begins: at none, or at half where no curve comes that low. */
function floorOf(curves: readonly Curve[]): number {
  return curves.every((curve) => curve.points.every((point) => point.low >= 0.5)) ? 0.5 : 0;
}

/** How long customers stay. */
export function SurvivalPanel({ figures: { survival } }: { figures: Figures }) {
  const [by, choose] = useParam("cohorts", "quarter");
  const shown = useMemo((): readonly Curve[] => {
    if (by === "plan") return survival.by_plan;
    if (by === "quarter" && survival.by_quarter.length > 0) return survival.by_quarter.slice(-6);
    return survival.all === null ? [] : [survival.all];
  }, [survival, by]);
  const rows = useMemo(
    (): readonly Row[] =>
      shown.flatMap((curve) => curve.points.map((point) => ({ cohort: curve.cohort, ...point }))),
    [shown],
  );
  const option = useCallback(
    (palette: Palette) =>
      curves(palette, {
        curves: shown.map((curve) => ({
          name: `${curve.cohort} (${count(curve.customers)})`,
          steps: true,
          points: curve.points.map((point) => ({
            x: point.days,
            y: point.share,
            low: point.low,
            high: point.high,
          })),
        })),
        x: { name: "Days since sign-up", write: (value) => String(value) },
        y: { write: (value) => percent(value, 0), min: floorOf(shown), max: 1 },
      }),
    [shown],
  );
  return (
    <Panel
      title="How long customers stay"
      lead={survival.words}
      actions={
        survival.all === null ? undefined : (
          <SegmentedControl
            size="xs"
            aria-label="Cohorts"
            value={by}
            onChange={choose}
            data={Object.entries(BY).map(([value, label]) => ({ value, label }))}
            className="no-print"
          />
        )
      }
    >
      {shown.length === 0 ? (
        <Empty
          title="No curve yet"
          why={survival.reason ?? "There are no contracts whose beginning is known."}
        />
      ) : (
        <Chart
          name="survival"
          label={shown
            .map(
              (curve) =>
                `${curve.cohort}: ${percent(curve.points.at(-1)?.share)} still there after ${curve.points.at(-1)?.days ?? 0} days`,
            )
            .join("; ")}
          option={option}
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => `${row.cohort} ${row.days}`}
          height={320}
        />
      )}
    </Panel>
  );
}
