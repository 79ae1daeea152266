import { Code, Text } from "@mantine/core";
import { useMemo } from "react";
import { words } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Figure } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { type Between, type Figures, measureOf } from "./measures";

interface Row {
  measure: string;
  models: Record<string, Between | undefined>;
}

/** The model in force beside what could replace it: a challenger where there is one, and the simple models. */
export function ChampionPanel({ figures: { champion, challenger } }: { figures: Figures }) {
  const rows = useMemo((): readonly Row[] => {
    const models: Record<string, Record<string, Between>> = {
      champion: champion.measures,
      ...(challenger === null ? {} : { challenger: challenger.measures }),
      ...champion.baselines,
    };
    return Object.keys(champion.measures).map((measure) => ({
      measure,
      models: Object.fromEntries(Object.entries(models).map(([name, found]) => [name, found[measure]])),
    }));
  }, [champion, challenger]);
  const columns = useMemo(
    (): readonly Column<Row>[] => [
      {
        key: "measure",
        title: "Measure",
        value: (row) => measureOf(row.measure).label,
        show: (row) => <span title={measureOf(row.measure).told}>{measureOf(row.measure).label}</span>,
      },
      ...Object.keys(rows[0]?.models ?? {}).map((name) => ({
        key: name,
        title: name === "logistic" ? "Logistic regression" : words(name),
        value: (row: Row) => row.models[name]?.value,
        show: (row: Row) => (
          <Figure
            {...(row.models[name] ?? { value: null })}
            write={measureOf(row.measure).write}
            why={row.models[name]?.reason}
          />
        ),
        right: true,
        fixed: true,
      })),
    ],
    [rows],
  );
  return (
    <Panel
      title="Champion and challenger"
      lead={
        challenger === null
          ? "No challenger runs beside the champion today; these are the simple models that it must beat, on the same customers."
          : challenger.statement
      }
      flush
      actions={<CsvButton name="models" columns={columns} rows={rows} />}
    >
      <DataTable label="Measures of the models" columns={columns} rows={rows} rowKey={(row) => row.measure} />
      <Text size="xs" c="dimmed" p="md">
        {Object.values(champion.kinds).map(String).join(" ")} Identified by{" "}
        <Code fz="xs">{Object.values(champion.sha256)[0]?.slice(0, 12) ?? ""}</Code>
        {champion.policy_words.length > 0 ? ` Policy: ${champion.policy_words.join(" ")}` : ""}
      </Text>
    </Panel>
  );
}
