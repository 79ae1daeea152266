import { Text } from "@mantine/core";
import { useMemo } from "react";
import { count, month, percent, points } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Tested } from "./tested";

type Forecast = NonNullable<Tested["forecast"]>;
interface Row {
  key: string;
  how: string;
  way: NonNullable<Forecast["now"]>;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: "how", title: "Scenario", value: (row) => row.how },
  {
    key: "holdout",
    title: "Holdout",
    value: (row) => row.way.holdout,
    show: (row) => percent(row.way.holdout),
    right: true,
  },
  {
    key: "window",
    title: "Window",
    value: (row) => row.way.window_days,
    show: (row) => `${count(row.way.window_days)} days`,
    right: true,
  },
  {
    key: "margin",
    title: "Margin after a year",
    value: (row) => row.way.margin_a_year,
    show: (row) =>
      row.way.margin_a_year === null ? "not known" : `± ${points(row.way.margin_a_year).replace("+", "")}`,
    right: true,
  },
  {
    key: "date",
    title: "Settled in",
    value: (row) => row.way.date,
    show: (row) => (row.way.date === null ? "never, at this rate" : month(row.way.date)),
    right: true,
  },
  {
    key: "earliest",
    title: "At the earliest",
    value: (row) => row.way.earliest,
    show: (row) => (row.way.earliest === null ? "–" : month(row.way.earliest)),
    right: true,
  },
];

/** When the open question will be settled, and how it would be sooner. */
export function ForecastPanel({ forecast }: { forecast: Tested["forecast"] }) {
  const rows = useMemo((): readonly Row[] => {
    if (forecast === null) return [];
    const now = forecast.now === null ? [] : [{ key: "now", how: "Current design", way: forecast.now }];
    return [
      ...now,
      ...forecast.alternatives.map((way) => ({
        key: `${way.holdout} ${way.window_days}`,
        how: way.window_days === forecast.now?.window_days ? "Another holdout" : "Shorter window",
        way,
      })),
    ];
  }, [forecast]);
  return (
    <Panel
      title="When will we know?"
      lead={forecast === null ? undefined : forecast.known ? "It is settled." : forecast.proposal}
      flush
      actions={
        rows.length === 0 ? undefined : <CsvButton name="when-will-we-know" columns={COLUMNS} rows={rows} />
      }
    >
      {forecast === null ? (
        <Empty title="No forecast yet" why="There must be results of both arms to tell how long it takes." />
      ) : (
        <>
          <DataTable label="Scenarios" columns={COLUMNS} rows={rows} rowKey={(row) => row.key} />
          <Text size="xs" c="dimmed" p="md">
            {forecast.statement}
          </Text>
        </>
      )}
    </Panel>
  );
}
