import { useCallback } from "react";
import { bars } from "@/charts/bars";
import { Chart } from "@/charts/Chart";
import type { Palette } from "@/charts/palette";
import { count, day, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./figures";

type Point = Figures["explored"][number];

const COLUMNS: readonly Column<Point>[] = [
  { key: "as_of", title: "Run as of", value: (row) => row.as_of.slice(0, 10), show: (row) => day(row.as_of) },
  {
    key: "offers",
    title: "Offers",
    value: (row) => row.offers,
    show: (row) => count(row.offers),
    right: true,
  },
  {
    key: "explored",
    title: "Exploration",
    value: (row) => row.explored,
    show: (row) => count(row.explored),
    right: true,
  },
  { key: "share", title: "Share", value: (row) => row.share, show: (row) => percent(row.share), right: true },
];

/** How many decisions use what is known, and how many try something for learning. */
export function ExploredPanel({ figures: { explored } }: { figures: Figures }) {
  const option = useCallback(
    (palette: Palette) =>
      bars(palette, {
        labels: explored.map((one) => day(one.as_of)),
        write: count,
        stacked: true,
        counts: true,
        bars: [
          {
            name: "Best known offer",
            values: explored.map((one) => Math.max(0, one.offers - one.explored)),
          },
          { name: "Exploration", values: explored.map((one) => one.explored), colour: 1 },
        ],
      }),
    [explored],
  );
  return (
    <Panel
      title="Explore and exploit"
      lead="Offers of each run: the best known one, and those made to learn."
    >
      {explored.length === 0 ? (
        <Empty title="No run in this period" why="Here is one bar for each run as of a time in the period." />
      ) : (
        <Chart
          name="explored"
          label={`Over ${explored.length} runs, ${count(explored.reduce((sum, one) => sum + one.explored, 0))} of ${count(explored.reduce((sum, one) => sum + one.offers, 0))} offers explored.`}
          option={option}
          columns={COLUMNS}
          rows={explored}
          rowKey={(row) => row.run}
          height={240}
        />
      )}
    </Panel>
  );
}
