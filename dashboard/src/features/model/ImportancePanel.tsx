import { useCallback } from "react";
import { bars } from "@/charts/bars";
import { Chart } from "@/charts/Chart";
import type { Palette } from "@/charts/palette";
import { capital, percent } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./measures";

type Feature = Figures["importance"][number];

const COLUMNS: readonly Column<Feature>[] = [
  { key: "label", title: "Feature", value: (row) => capital(row.label) },
  { key: "feature", title: "Name", value: (row) => row.feature },
  {
    key: "share",
    title: "Share",
    value: (row) => row.share,
    show: (row) => percent(row.share, 1),
    right: true,
  },
];
const DRAWN = 10;

/** What the model looks at. */
export function ImportancePanel({ figures: { importance } }: { figures: Figures }) {
  const option = useCallback(
    (palette: Palette) =>
      bars(palette, {
        labels: importance.slice(0, DRAWN).map((one) => capital(one.label)),
        write: (value) => percent(value, 1),
        short: (value) => percent(value, 0),
        lying: true,
        bars: [
          {
            name: "Share of what moves the scores",
            values: importance.slice(0, DRAWN).map((one) => one.share),
          },
        ],
      }),
    [importance],
  );
  return (
    <Panel
      title="Feature importance"
      lead="Share of what moves the scores (mean |SHAP|). Not what causes churn."
    >
      {importance.length === 0 ? (
        <Empty
          title="Nothing to show"
          why="The model of the newest run looks at no feature: it knew too little to be trained."
        />
      ) : (
        <Chart
          name="importance"
          label={`The strongest: ${importance
            .slice(0, 3)
            .map((one) => `${one.label} ${percent(one.share)}`)
            .join(", ")}.`}
          option={option}
          columns={COLUMNS}
          rows={importance}
          rowKey={(row) => row.feature}
          height={320}
        />
      )}
    </Panel>
  );
}
