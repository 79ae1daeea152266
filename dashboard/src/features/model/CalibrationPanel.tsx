import { useCallback } from "react";
import { Chart } from "@/charts/Chart";
import { curves } from "@/charts/curves";
import type { Palette } from "@/charts/palette";
import { count, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./measures";

type Point = Figures["calibration"][number];

const COLUMNS: readonly Column<Point>[] = [
  {
    key: "predicted",
    title: "Predicted",
    value: (row) => row.predicted,
    show: (row) => percent(row.predicted, 1),
    right: true,
  },
  { key: "left", title: "Left", value: (row) => row.left, show: (row) => percent(row.left, 1), right: true },
  { key: "low", title: "from", value: (row) => row.low, show: (row) => percent(row.low, 1), right: true },
  { key: "high", title: "to", value: (row) => row.high, show: (row) => percent(row.high, 1), right: true },
  {
    key: "customers",
    title: "Customers",
    value: (row) => row.customers,
    show: (row) => count(row.customers),
    right: true,
  },
];

/** Predicted shares beside those that left. */
export function CalibrationPanel({ figures: { calibration } }: { figures: Figures }) {
  const option = useCallback(
    (palette: Palette) => {
      const most = Math.max(0.1, ...calibration.flatMap((one) => [one.predicted, one.high]));
      const end = Math.min(1, Math.ceil(most * 10) / 10);
      return curves(palette, {
        curves: [
          {
            name: "Test customers",
            points: calibration.map((one) => ({
              x: one.predicted,
              y: one.left,
              low: one.low,
              high: one.high,
            })),
            dots: true,
          },
          {
            name: "Perfect calibration",
            points: [
              { x: 0, y: 0 },
              { x: end, y: end },
            ],
            beside: true,
          },
        ],
        x: { name: "Predicted probability", write: (value) => percent(value, 0), max: end },
        y: { write: (value) => percent(value, 0), min: 0, max: end },
      });
    },
    [calibration],
  );
  return (
    <Panel
      title="Calibration"
      lead="When the model says 30 %, do 30 % leave? On the dashed line, yes. The band is the 95 % interval."
    >
      {calibration.length === 0 ? (
        <Empty
          title="No curve yet"
          why="There were too few customers in the test to group them by probability."
        />
      ) : (
        <Chart
          name="calibration"
          label={`Calibration in ${calibration.length} groups, from ${percent(calibration[0]?.predicted, 1)} predicted and ${percent(calibration[0]?.left, 1)} left to ${percent(calibration.at(-1)?.predicted, 1)} and ${percent(calibration.at(-1)?.left, 1)}.`}
          option={option}
          columns={COLUMNS}
          rows={calibration}
          rowKey={(row) => String(row.predicted)}
        />
      )}
    </Panel>
  );
}
