import { SegmentedControl } from "@mantine/core";
import { useCallback } from "react";
import { bars } from "@/charts/bars";
import { Chart } from "@/charts/Chart";
import type { Palette } from "@/charts/palette";
import { useParam } from "@/lib/address";
import { count, day, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./measures";

type Decile = NonNullable<Figures["deciles"]>["all"][number];

const COLUMNS: readonly Column<Decile>[] = [
  { key: "decile", title: "Decile", value: (row) => row.decile },
  {
    key: "customers",
    title: "Customers",
    value: (row) => row.customers,
    show: (row) => count(row.customers),
    right: true,
  },
  {
    key: "predicted",
    title: "Predicted",
    value: (row) => row.predicted,
    show: (row) => percent(row.predicted, 1),
    right: true,
  },
  {
    key: "left",
    title: "Left",
    value: (row) => row.left.value,
    show: (row) => (row.left.value === null ? row.left.reason : percent(row.left.value, 1)),
    right: true,
  },
  {
    key: "low",
    title: "from",
    value: (row) => row.left.low,
    show: (row) => percent(row.left.low, 1),
    right: true,
  },
  {
    key: "high",
    title: "to",
    value: (row) => row.left.high,
    show: (row) => percent(row.left.high, 1),
    right: true,
  },
];

/** Predictions beside what became of the customers, by tenths of risk. */
export function DecilePanel({ figures: { deciles, deciles_reason: reason } }: { figures: Figures }) {
  const [whom, choose] = useParam("whom", "alone");
  const rows = deciles === null ? [] : whom === "all" ? deciles.all : deciles.alone;
  const option = useCallback(
    (palette: Palette) =>
      bars(palette, {
        labels: rows.map((row) => `${row.decile}`),
        write: (value) => percent(value, 1),
        short: (value) => percent(value, 0),
        bars: [
          { name: "Predicted", values: rows.map((row) => row.predicted), beside: true },
          { name: "Left", values: rows.map((row) => row.left.value), colour: 0 },
        ],
      }),
    [rows],
  );
  return (
    <Panel
      title="Prediction vs actual outcome"
      lead={
        deciles === null
          ? "By deciles of risk, the riskiest first."
          : `By deciles of risk, the riskiest first: the run as of ${day(deciles.as_of)}, now that outcomes are known. Offers change outcomes, so customers without one are the fair test.`
      }
      actions={
        deciles === null ? undefined : (
          <SegmentedControl
            size="xs"
            aria-label="Which customers"
            value={whom}
            onChange={choose}
            data={[
              { value: "alone", label: "Without an offer" },
              { value: "all", label: "All" },
            ]}
            className="no-print"
          />
        )
      }
    >
      {rows.length === 0 ? (
        <Empty
          title="Too early to tell"
          why={reason ?? "No run is old enough that its predictions came true or not."}
        />
      ) : (
        <Chart
          name="deciles"
          label={`The riskiest tenth: ${percent(rows[0]?.predicted)} predicted, ${percent(rows[0]?.left.value)} left; the safest: ${percent(rows.at(-1)?.predicted)} and ${percent(rows.at(-1)?.left.value)}.`}
          option={option}
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => String(row.decile)}
        />
      )}
    </Panel>
  );
}
