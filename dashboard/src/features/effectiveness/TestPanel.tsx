import { Anchor, Text } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import { useKept } from "@/lib/address";
import { count, interval, percent, words } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { RatioNotice } from "@/ui/RatioNotice";
import { Empty } from "@/ui/states";
import type { Figures } from "./figures";

type Arm = NonNullable<Figures["experiment"]>["arms"][number];

/** Treatment against the customers left alone. A broken sample ratio hides the winner. */
export function TestPanel({ figures: { experiment } }: { figures: Figures }) {
  const to = useKept();
  const columns = useMemo(
    (): readonly Column<Arm>[] => [
      { key: "arm", title: "Arm", value: (row) => words(row.arm) },
      {
        key: "customers",
        title: "Customers",
        value: (row) => row.customers,
        show: (row) => count(row.customers),
        right: true,
      },
      {
        key: "matured",
        title: "Window ended",
        value: (row) => row.matured,
        show: (row) => count(row.matured),
        right: true,
      },
      {
        key: "judged",
        title: "Outcome known",
        value: (row) => row.judged,
        show: (row) => count(row.judged),
        right: true,
      },
      {
        key: "retained",
        title: "Retained",
        value: (row) => (experiment?.hidden ? null : row.retained.value),
        show: (row) =>
          experiment?.hidden
            ? "hidden"
            : row.retained.value === null
              ? "not enough data yet"
              : `${percent(row.retained.value, 1)} (${interval(row.retained.low, row.retained.high, percent)})`,
        right: true,
      },
    ],
    [experiment],
  );
  if (experiment === null) {
    return (
      <Panel title="A/B test">
        <Empty
          title="No test yet"
          why="A random holdout gets no offer. The comparison is shown once decisions are on record."
          to={{ label: "Experiments", path: "/experiments" }}
        />
      </Panel>
    );
  }
  // What is said of each outcome below mostly says who is ahead, too.
  const told = experiment.comparisons.some((one) => one.statement === experiment.winner_words);
  return (
    <Panel
      title="A/B test: offers vs holdout"
      lead={experiment.hidden ? "Results are hidden." : told ? undefined : experiment.winner_words}
      flush
      actions={<CsvButton name="ab-test" columns={columns} rows={experiment.arms} />}
    >
      <div style={{ padding: "0 var(--mantine-spacing-md)" }}>
        <RatioNotice checks={[experiment.entered, experiment.judged]} />
      </div>
      <DataTable
        label="Arms of the test"
        columns={columns}
        rows={experiment.arms}
        rowKey={(row) => row.arm}
      />
      <div style={{ padding: "var(--mantine-spacing-sm) var(--mantine-spacing-md)" }}>
        {experiment.comparisons.map((one) => (
          <Text key={`${one.versus} ${one.outcome}`} size="sm">
            {one.statement}
          </Text>
        ))}
        <Anchor component={Link} to={to("/experiments")} size="sm">
          When will it be settled? See Experiments
        </Anchor>
      </div>
    </Panel>
  );
}
