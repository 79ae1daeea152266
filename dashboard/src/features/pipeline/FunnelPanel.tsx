import { useCallback } from "react";
import { useNavigate } from "react-router";
import { Chart } from "@/charts/Chart";
import { funnel } from "@/charts/funnel";
import type { Palette } from "@/charts/palette";
import { useKept } from "@/lib/address";
import { count, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { type Figures, STAGES, stageWords } from "./stages";

interface Row {
  stage: string;
  customers: number | null;
  previous: number | null;
  share: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: "stage", title: "Stage", value: (row) => stageWords(row.stage), fixed: true },
  {
    key: "customers",
    title: "Customers",
    value: (row) => row.customers,
    show: (row) => count(row.customers),
    right: true,
  },
  {
    key: "previous",
    title: "Previous period",
    value: (row) => row.previous,
    show: (row) => count(row.previous),
    right: true,
  },
  {
    key: "share",
    title: "Of previous stage",
    value: (row) => row.share,
    show: (row) => percent(row.share),
    right: true,
  },
];

/** Total → at risk → intervention → retained. */
export function FunnelPanel({ figures }: { figures: Figures }) {
  const to = useKept();
  const go = useNavigate();
  const rows: Row[] = STAGES.map((stage, place) => {
    const found = figures.all.stages.find((one) => one.stage === stage);
    const above = place === 0 ? undefined : figures.all.stages.find((one) => one.stage === STAGES[place - 1]);
    return {
      stage,
      customers: found?.customers ?? null,
      previous: found?.previous ?? null,
      share: found?.customers == null || !above?.customers ? null : found.customers / above.customers,
    };
  });
  const option = useCallback(
    (palette: Palette) =>
      funnel(
        palette,
        figures.all.stages.map((one) => ({
          name: stageWords(one.stage),
          value: one.customers,
          before: one.previous,
        })),
      ),
    [figures],
  );
  const retention = figures.all.retention;
  return (
    <Panel
      title="Funnel"
      lead={
        retention === null
          ? "Each stage is part of the one before."
          : `Each stage is part of the one before. Of those with an offer, ${count(retention.left)} left and ${count(retention.not_known_yet)} are not known yet.`
      }
    >
      <Chart
        name="funnel"
        label={`Funnel: ${rows.map((row) => `${stageWords(row.stage)} ${count(row.customers)}`).join(", ")}.`}
        option={option}
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.stage}
        onPick={(row) =>
          void go(to("/customers", { stage: row.stage, from: figures.period.first, to: figures.period.last }))
        }
      />
    </Panel>
  );
}
