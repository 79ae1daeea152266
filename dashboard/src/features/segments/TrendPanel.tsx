import { useCallback, useMemo } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { count, day, shortCount } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures, Way } from "./groups";

type Point = Figures["cluster_trend"][number];
const DRAWN = 8;

/** How many customers each group had at each run. */
export function TrendPanel({ trend, way }: { trend: readonly Point[]; way: Way }) {
  const names = useMemo(() => {
    const last = new Map<string, number>();
    for (const point of trend)
      for (const [name, many] of Object.entries(point.customers)) last.set(name, many);
    return [...last].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  }, [trend]);
  const option = useCallback(
    (palette: Palette) =>
      lines(palette, {
        labels: trend.map((one) => day(one.as_of)),
        write: count,
        short: shortCount,
        min: 0,
        lines: names
          .slice(0, DRAWN)
          .map((name) => ({ name, values: trend.map((one) => one.customers[name] ?? null) })),
      }),
    [trend, names],
  );
  const columns = useMemo(
    (): readonly Column<Point>[] => [
      {
        key: "as_of",
        title: "Run as of",
        value: (row) => row.as_of.slice(0, 10),
        show: (row) => day(row.as_of),
      },
      ...names.map((name) => ({
        key: name,
        title: name,
        value: (row: Point) => row.customers[name] ?? null,
        show: (row: Point) => count(row.customers[name]),
        right: true,
      })),
    ],
    [names],
  );
  return (
    <Panel
      title="Over time"
      lead={
        names.length > DRAWN
          ? `The ${DRAWN} largest groups; all are in the table.`
          : "Customers of each group at each run."
      }
    >
      {trend.length < 2 ? (
        <Empty title="No trend yet" why="The trend starts with the second run." command="retinue run" />
      ) : (
        <Chart
          name={`${way.key}-over-runs`}
          label={`Customers by ${way.label.toLowerCase()} over ${trend.length} runs.`}
          option={option}
          columns={columns}
          rows={trend}
          rowKey={(row) => row.run}
          height={300}
        />
      )}
    </Panel>
  );
}
