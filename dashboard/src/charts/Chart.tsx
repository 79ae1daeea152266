import { Group, SegmentedControl, Skeleton, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import type { Option } from "./options";
import { DARK, LIGHT, type Palette } from "./palette";

const Canvas = lazy(() => import("./Canvas"));

interface Props<Row> {
  /** What the chart says, in a sentence: read out in its stead. */
  label: string;
  /** The name of the file of its rows. */
  name: string;
  option: (palette: Palette) => Option;
  /** The same numbers as a table. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  height?: number;
  onPick?: (row: Row) => void;
}

/** A chart with its twin, a table, and its CSV. */
export function Chart<Row>({ label, name, option, columns, rows, rowKey, height = 280, onPick }: Props<Row>) {
  const [as, setAs] = useState<"chart" | "table">("chart");
  const scheme = useComputedColorScheme("light");
  const drawn = useMemo(() => option(scheme === "dark" ? DARK : LIGHT), [option, scheme]);
  return (
    <div>
      {as === "table" ? (
        <DataTable label={label} columns={columns} rows={rows} rowKey={rowKey} height={height} />
      ) : (
        <div role="img" aria-label={label}>
          <Suspense fallback={<Skeleton h={height} />}>
            <Canvas
              option={drawn}
              height={height}
              onPick={
                onPick === undefined
                  ? undefined
                  : (index) => {
                      const row = rows[index];
                      if (row !== undefined) onPick(row);
                    }
              }
            />
          </Suspense>
        </div>
      )}
      <Group justify="flex-end" gap={4} mt={4} className="no-print">
        <SegmentedControl
          size="xs"
          value={as}
          onChange={(value) => setAs(value as "chart" | "table")}
          data={[
            { value: "chart", label: "Chart" },
            { value: "table", label: "Table" },
          ]}
          aria-label={`${label}: chart or table`}
        />
        <CsvButton name={name} columns={columns} rows={rows} />
      </Group>
    </div>
  );
}
