import { Select } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { useParam } from "@/lib/address";
import { day } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { type Between, type Figures, measureOf } from "./measures";

interface Row {
  at: string;
  tested: Between | undefined;
  realised: Between | undefined;
}

/** One measure over the runs: as tested when the model was made, and as it turned out. */
export function AccuracyPanel({ figures }: { figures: Figures }) {
  const [name, choose] = useParam("measure", "auc");
  const measure = measureOf(name);
  const rows = useMemo((): readonly Row[] => {
    const at = new Map<string, Row>();
    for (const point of figures.accuracy) {
      at.set(point.as_of.slice(0, 10), {
        at: point.as_of,
        tested: point.measures[name],
        realised: undefined,
      });
    }
    for (const point of figures.realised) {
      const key = point.as_of.slice(0, 10);
      const row = at.get(key) ?? { at: point.as_of, tested: undefined, realised: undefined };
      at.set(key, { ...row, realised: point.measures[name] });
    }
    return [...at.values()].sort((a, b) => a.at.localeCompare(b.at));
  }, [figures, name]);
  const option = useCallback(
    (palette: Palette) =>
      lines(palette, {
        labels: rows.map((row) => day(row.at)),
        write: measure.write,
        min: "dataMin",
        lines: [
          {
            name: "Tested on unseen data",
            values: rows.map((row) => row.tested?.value ?? null),
            low: rows.map((row) => row.tested?.low ?? null),
            high: rows.map((row) => row.tested?.high ?? null),
          },
          { name: "Realised", values: rows.map((row) => row.realised?.value ?? null), colour: 2 },
        ],
      }),
    [rows, measure],
  );
  const columns = useMemo((): readonly Column<Row>[] => {
    const part = (key: string, title: string, value: (row: Row) => number | null | undefined) => ({
      key,
      title,
      value,
      show: (row: Row) => (value(row) == null ? "not known yet" : measure.write(value(row))),
      right: true,
    });
    return [
      { key: "at", title: "Run as of", value: (row) => row.at.slice(0, 10), show: (row) => day(row.at) },
      part("tested", "Tested", (row) => row.tested?.value),
      part("low", "from", (row) => row.tested?.low),
      part("high", "to", (row) => row.tested?.high),
      part("realised", "Realised", (row) => row.realised?.value),
    ];
  }, [measure]);
  const names = Object.keys(figures.accuracy.at(-1)?.measures ?? { auc: null });
  return (
    <Panel
      title="Accuracy over time"
      lead={measure.told}
      actions={
        <Select
          size="xs"
          w={150}
          aria-label="Measure"
          value={name}
          allowDeselect={false}
          data={names.map((value) => ({ value, label: measureOf(value).label }))}
          onChange={(value) => choose(value ?? undefined)}
          className="no-print"
        />
      }
    >
      <Chart
        name={`accuracy-${name}`}
        label={`${measure.label} over ${rows.length} runs, last ${measure.write(rows.findLast((row) => row.tested?.value != null)?.tested?.value)}.`}
        option={option}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.at}
      />
    </Panel>
  );
}
