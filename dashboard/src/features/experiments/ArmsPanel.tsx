import { Text } from "@mantine/core";
import { useMemo } from "react";
import { count, money, percent, words } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { RatioNotice } from "@/ui/RatioNotice";
import { Empty } from "@/ui/states";
import type { Experiment, Tested } from "./tested";

type Arm = Tested["arms"][number];

interface Props {
  tested: Tested;
  experiment: Experiment | null;
  currency: string;
}

/** The arms, whether they are as drawn, and what may be said of their difference. */
export function ArmsPanel({ tested, experiment, currency }: Props) {
  const hidden = experiment?.hidden ?? false;
  const columns = useMemo((): readonly Column<Arm>[] => {
    const number = (key: "customers" | "matured" | "judged", title: string) => ({
      key,
      title,
      value: (row: Arm) => row[key],
      show: (row: Arm) => count(row[key]),
      right: true,
    });
    return [
      { key: "arm", title: "Arm", value: (row) => words(row.arm) },
      number("customers", "Customers"),
      number("matured", "Window ended"),
      number("judged", "Outcome known"),
      {
        key: "retained",
        title: "Retained",
        value: (row) => (hidden ? null : row.retained),
        show: (row) =>
          hidden ? "hidden" : row.retained === null ? "not enough data yet" : percent(row.retained, 1),
        right: true,
      },
      {
        key: "net_revenue",
        title: `Net revenue each (${currency})`,
        value: (row) => (hidden ? null : row.net_revenue),
        show: (row) =>
          hidden
            ? "hidden"
            : row.net_revenue === null
              ? "not enough data yet"
              : money(row.net_revenue, currency),
        right: true,
      },
      {
        key: "spend",
        title: `Spend (${currency})`,
        value: (row) => row.spend,
        show: (row) => money(row.spend, currency),
        right: true,
      },
    ];
  }, [hidden, currency]);
  return (
    <Panel
      title="Arms"
      lead="By intention to treat: everybody counts in the arm they were assigned to."
      flush
      actions={<CsvButton name="arms" columns={columns} rows={tested.arms} />}
    >
      {tested.arms.length === 0 ? (
        <Empty
          title="No decisions yet"
          why="Once a run has decided, offers and the random holdout are compared here."
          to={{ label: "Campaigns", path: "/campaigns" }}
        />
      ) : (
        <>
          {experiment === null ? null : (
            <div style={{ padding: "0 var(--mantine-spacing-md)" }}>
              <RatioNotice checks={[experiment.entered, experiment.judged]} />
            </div>
          )}
          <DataTable label="Arms" columns={columns} rows={tested.arms} rowKey={(row) => row.arm} />
          <div style={{ padding: "var(--mantine-spacing-sm) var(--mantine-spacing-md)" }}>
            {hidden
              ? null
              : tested.contrasts.map((one) => (
                  <Text key={`${one.versus} ${one.outcome}`} size="sm" mb={4}>
                    {one.statement}
                  </Text>
                ))}
          </div>
        </>
      )}
    </Panel>
  );
}
