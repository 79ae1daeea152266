import { Badge, Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { fromNow, time } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { hoursWords } from "./words";

type Table = Schemas["TableState"];

const JUDGED = {
  new: { colour: "teal", text: "Fresh" },
  ageing: { colour: "yellow", text: "Ageing" },
  old: { colour: "red", text: "Stale" },
} as const;

const moment = (value: string | null) =>
  value === null ? (
    <Text span size="sm" c="dimmed">
      no date
    </Text>
  ) : (
    <span className="nowrap" title={time(value)}>
      {fromNow(value)}
    </span>
  );

const COLUMNS: readonly Column<Table>[] = [
  { key: "table", title: "Table", value: (row) => row.table },
  { key: "rows", title: "Rows", right: true, value: (row) => row.rows },
  {
    key: "newest",
    title: "Newest event",
    value: (row) => row.newest,
    show: (row) => moment(row.newest),
  },
  { key: "learned", title: "Received", value: (row) => row.learned, show: (row) => moment(row.learned) },
  {
    key: "age",
    title: "Age at the run",
    right: true,
    value: (row) => row.age_hours,
    show: (row) => (row.age_hours === null ? "not known" : hoursWords(row.age_hours)),
  },
  {
    key: "judged",
    title: "Status",
    value: (row) => row.judged,
    show: (row) =>
      row.judged === null ? (
        <Text
          span
          size="sm"
          c="dimmed"
          title="Its rows come when something is decided, judged or agreed to, or the alert data_age is switched off."
        >
          not checked
        </Text>
      ) : (
        <Badge className="mark" color={JUDGED[row.judged].colour}>
          {JUDGED[row.judged].text}
        </Badge>
      ),
  },
];

/** How new each table is, judged by the limits of the alert `data_age`. */
export function Freshness({ quality }: { quality: Schemas["Quality"] }) {
  return (
    <Panel
      title="Table freshness"
      lead={`As the run ${quality.run} found them, ${time(quality.as_of)}. Judged by the limits of [alerts.data_age].`}
      flush
    >
      <DataTable
        label="Freshness of each table"
        columns={COLUMNS}
        rows={quality.tables}
        rowKey={(row) => row.table}
      />
      <div style={{ textAlign: "right", padding: "0.5rem 0.75rem" }}>
        <CsvButton name="freshness" columns={COLUMNS} rows={quality.tables} />
      </div>
    </Panel>
  );
}
