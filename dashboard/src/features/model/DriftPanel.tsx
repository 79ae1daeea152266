import { Badge } from "@mantine/core";
import { capital, decimal, fromNow, words } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./measures";

type Feature = Figures["drift"]["features"][number];
const COLOURS: Record<string, string> = {
  stable: "teal",
  moderate: "yellow",
  major: "red",
  drifted: "red",
  new: "blue",
  gone: "orange",
};

const COLUMNS: readonly Column<Feature>[] = [
  { key: "label", title: "Feature", value: (row) => capital(row.label) },
  {
    key: "verdict",
    title: "Verdict",
    value: (row) => row.verdict,
    show: (row) => (
      <Badge className="mark" color={COLOURS[row.verdict] ?? "gray"}>
        {words(row.verdict)}
      </Badge>
    ),
  },
  {
    key: "psi",
    title: "PSI",
    value: (row) => row.psi,
    show: (row) => (row.psi === null ? "–" : decimal(row.psi, 3)),
    right: true,
  },
  {
    key: "statement",
    title: "Change",
    value: (row) => row.statement,
    show: (row) =>
      capital(
        row.statement.startsWith(`${row.label}: `)
          ? row.statement.slice(row.label.length + 2)
          : row.statement,
      ),
    fixed: true,
  },
];

/** Whether customers still look like those the model learned from, feature by feature. */
export function DriftPanel({ figures: { drift } }: { figures: Figures }) {
  if (drift.at === null) {
    return (
      <Panel title="Drift by feature">
        <Empty
          title="No drift check yet"
          why="A drift check compares today's customers with those the model learned from, feature by feature."
          command={drift.command}
        />
      </Panel>
    );
  }
  const rows = [...drift.features].sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0));
  return (
    <Panel
      title="Drift by feature"
      lead={`${drift.statement ?? ""} Checked ${fromNow(drift.at)}.`}
      flush
      actions={<CsvButton name="drift" columns={COLUMNS} rows={rows} />}
    >
      <DataTable
        label="Drift by feature"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.feature}
        height={360}
      />
    </Panel>
  );
}
