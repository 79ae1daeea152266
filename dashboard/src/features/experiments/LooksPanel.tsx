import { useCallback } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { count, day, decimal, points } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Tested } from "./tested";

type Look = Tested["looks"][number];

const COLUMNS: readonly Column<Look>[] = [
  { key: "at", title: "Date", value: (row) => row.at.slice(0, 10), show: (row) => day(row.at) },
  {
    key: "units",
    title: "Customers",
    value: (row) => row.units,
    show: (row) => count(row.units),
    right: true,
  },
  { key: "value", title: "Effect", value: (row) => row.value, show: (row) => points(row.value), right: true },
  {
    key: "always_low",
    title: "from",
    value: (row) => row.always_low,
    show: (row) => points(row.always_low),
    right: true,
  },
  {
    key: "always_high",
    title: "to",
    value: (row) => row.always_high,
    show: (row) => points(row.always_high),
    right: true,
  },
];

/** The effect on retention as it was known at each time. */
export function LooksPanel({ looks, hidden }: { looks: readonly Look[]; hidden: boolean }) {
  const option = useCallback(
    (palette: Palette) =>
      lines(palette, {
        labels: looks.map((one) => day(one.at)),
        write: points,
        short: (value) => `${value > 0 ? "+" : ""}${decimal(value * 100, 0)} pp`,
        lines: [
          {
            name: "Effect on retention",
            values: looks.map((one) => one.value),
            low: looks.map((one) => one.always_low),
            high: looks.map((one) => one.always_high),
          },
          { name: "No effect", values: looks.map(() => 0), beside: true },
        ],
      }),
    [looks],
  );
  return (
    <Panel
      title="Effect over time"
      lead="Always-valid 95 % band: you may look every day. Once it leaves zero, the effect is proved."
    >
      {hidden ? (
        <Empty
          title="Hidden"
          why="The arms have not the numbers they were drawn in, so no effect is shown."
        />
      ) : looks.length === 0 ? (
        <Empty
          title="No outcomes yet"
          why="The first results are known when the time of the first offers is over."
        />
      ) : (
        <Chart
          name="effect-over-time"
          label={`Effect on retention at ${looks.length} times, last ${points(looks.at(-1)?.value)}, between ${points(looks.at(-1)?.always_low)} and ${points(looks.at(-1)?.always_high)}.`}
          option={option}
          columns={COLUMNS}
          rows={looks}
          rowKey={(row) => row.at}
          height={300}
        />
      )}
    </Panel>
  );
}
