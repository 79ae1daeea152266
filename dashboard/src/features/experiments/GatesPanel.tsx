import { Code } from "@mantine/core";
import { day } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { StateBadge } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Tested } from "./tested";

type Gate = Tested["gates"][number];

const COLUMNS: readonly Column<Gate>[] = [
  { key: "as_of", title: "As of", value: (row) => row.as_of.slice(0, 10), show: (row) => day(row.as_of) },
  {
    key: "sha256",
    title: "Policy",
    value: (row) => row.sha256,
    show: (row) => <Code fz="xs">{row.sha256.slice(0, 10)}</Code>,
    fixed: true,
  },
  {
    key: "state",
    title: "State",
    value: (row) => row.state,
    show: (row) => <StateBadge state={row.state} />,
  },
  {
    key: "changed",
    title: "Change",
    value: (row) => row.changed.join(", "),
    show: (row) => row.changed.join(", ") || "the first policy",
  },
  {
    key: "words",
    title: "Result",
    value: (row) => row.words.join(" "),
    show: (row) => row.words.join(" ") || "nothing was there to compare it with",
    fixed: true,
  },
];

/** Policies that went through the gate: what changed, what the log said, and whether it was let in. */
export function GatesPanel({ gates }: { gates: readonly Gate[] }) {
  return (
    <Panel
      title="Policy gate"
      lead="A change of offer settings is tested on past decisions before it may decide."
      flush
      actions={<CsvButton name="policies" columns={COLUMNS} rows={gates} />}
    >
      {gates.length === 0 ? (
        <Empty title="No policy yet" why="The first run writes the first one." command="retinue run" />
      ) : (
        <DataTable
          label="Policy gate"
          columns={COLUMNS}
          rows={gates}
          rowKey={(row) => `${row.sha256} ${row.as_of}`}
        />
      )}
    </Panel>
  );
}
