import { Text } from "@mantine/core";
import { useCallback } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { day, percent, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";
import { type RiskAt, risks } from "./entries";

/** The risk at the runs whose customers are kept. */
export function RiskOverRuns({ id }: { id: string }) {
  const found = useAsk("/api/v1/customers/{customer_id}/timeline", {
    path: { customer_id: id },
    query: { kind: ["assessed"], limit: 200 },
  });
  return (
    <Panel title="Risk over time" lead="One point per run.">
      <Asked query={found}>
        {(told) => {
          const known = risks(told.entries);
          return known.length < 2 ? (
            <Text size="sm" c="dimmed">
              {known[0] === undefined
                ? "No run that is kept assessed this customer."
                : `One run so far: ${percent(known[0].risk)} on ${day(known[0].at)}. The next one makes a line.`}
            </Text>
          ) : (
            <Drawn id={id} known={known} />
          );
        }}
      </Asked>
    </Panel>
  );
}

function Drawn({ id, known }: { id: string; known: readonly RiskAt[] }) {
  const option = useCallback(
    (palette: Palette) =>
      lines(palette, {
        labels: known.map((one) => day(one.at)),
        lines: [{ name: "Churn risk", values: known.map((one) => one.risk) }],
        write: (value) => percent(value, 0),
        max: 1,
      }),
    [known],
  );
  return (
    <Chart
      label={`Churn risk of ${id} at each run`}
      name={`risk_${id}`}
      option={option}
      columns={COLUMNS}
      rows={known}
      rowKey={(one) => one.at}
      height={180}
    />
  );
}

const COLUMNS: Column<RiskAt>[] = [
  { key: "at", title: "As of", value: (one) => one.at, show: (one) => day(one.at) },
  {
    key: "risk",
    title: "Churn risk",
    value: (one) => one.risk,
    show: (one) => percent(one.risk),
    right: true,
  },
  { key: "level", title: "Risk level", value: (one) => words(one.level) },
  { key: "run", title: "Run", value: (one) => one.run },
];
