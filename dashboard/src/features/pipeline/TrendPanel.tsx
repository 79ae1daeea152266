import { Group, SegmentedControl } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { useParam } from "@/lib/address";
import { count, day, money, shortCount, shortMoney } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Few } from "./Few";
import type { Figures } from "./stages";

type Point = Figures["series"][number];
const MEASURES = {
  at_risk: "At risk",
  revenue_at_risk: "Revenue at risk",
  interventions: "Offers",
  retained: "Retained",
} as const;
type Measure = keyof typeof MEASURES;

/** One measure over the runs of the period, with the period before behind it. */
export function TrendPanel({ figures }: { figures: Figures }) {
  const [chosen, choose] = useParam("measure", "at_risk");
  const measure: Measure = chosen in MEASURES ? (chosen as Measure) : "at_risk";
  const { currency, series, previous_series: before } = figures;
  const inMoney = measure === "revenue_at_risk";
  const write = useCallback(
    (value: number | null | undefined) => (inMoney ? money(value, currency) : count(value)),
    [inMoney, currency],
  );
  const short = useCallback(
    (value: number) => (inMoney ? shortMoney(value, currency) : shortCount(value)),
    [inMoney, currency],
  );
  const option = useCallback(
    (palette: Palette) => {
      const values = (points: readonly Point[]) => points.map((one) => one[measure] ?? null);
      return lines(palette, {
        labels: series.map((one) => day(one.as_of)),
        write,
        short,
        min: 0,
        lines: [
          { name: `${MEASURES[measure]}, this period`, values: values(series), area: true },
          ...(before.length === 0
            ? []
            : [{ name: "Previous period", values: aligned(values(before), series.length), beside: true }]),
        ],
      });
    },
    [series, before, measure, write, short],
  );
  const columns = useMemo((): readonly Column<Point>[] => {
    const number = (key: "active" | "at_risk" | "interventions" | "judged" | "retained", title: string) => ({
      key,
      title,
      value: (row: Point) => row[key],
      show: (row: Point) => count(row[key]),
      right: true,
    });
    return [
      {
        key: "as_of",
        title: "Run as of",
        value: (row) => row.as_of.slice(0, 10),
        show: (row) => day(row.as_of),
      },
      number("active", "Active"),
      number("at_risk", "At risk"),
      {
        key: "revenue_at_risk",
        title: `Revenue at risk (${currency})`,
        value: (row) => row.revenue_at_risk,
        show: (row) => money(row.revenue_at_risk, currency),
        right: true,
      },
      number("interventions", "Offers"),
      number("judged", "Outcome known"),
      number("retained", "Retained"),
    ];
  }, [currency]);
  return (
    <Panel
      title="Over time"
      lead="One point for each run."
      actions={
        <Group gap="xs" className="no-print">
          <SegmentedControl
            size="xs"
            aria-label="Measure"
            value={measure}
            onChange={choose}
            data={Object.entries(MEASURES).map(([value, label]) => ({ value, label }))}
          />
        </Group>
      }
    >
      {series.length === 0 ? (
        <Few />
      ) : (
        <Chart
          name={`pipeline-${measure}`}
          label={`${MEASURES[measure]} over ${series.length} runs, from ${write(series[0]?.[measure])} to ${write(series.at(-1)?.[measure])}.`}
          option={option}
          columns={columns}
          rows={series}
          rowKey={(row) => row.run}
        />
      )}
    </Panel>
  );
}

/** The last values of a row, as many as there is room for; nothing before the first. */
function aligned(values: readonly (number | null)[], room: number): (number | null)[] {
  const last = values.slice(-room);
  return [...Array.from({ length: room - last.length }, () => null), ...last];
}
