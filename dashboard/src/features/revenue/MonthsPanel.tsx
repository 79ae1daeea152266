import { Switch } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { useParam } from "@/lib/address";
import { count, money, month, shortMoney } from "@/lib/format";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./figures";

type Month = Figures["months"][number];

/** The earnings of the period as they add up, month by month. */
export function MonthsPanel({ figures }: { figures: Figures }) {
  const [saved, showSaved] = useParam("saved");
  const { months, currency } = figures;
  const option = useCallback(
    (palette: Palette) =>
      lines(palette, {
        labels: months.map((one) => month(`${one.month}-01`)),
        write: (value) => money(value, currency),
        short: (value) => shortMoney(value, currency),
        lines: [
          {
            name: "Net against the holdout",
            values: months.map((one) => one.cumulative_net.value),
            low: months.map((one) => one.cumulative_net.always_low),
            high: months.map((one) => one.cumulative_net.always_high),
          },
          { name: "Incentive cost", values: months.map((one) => one.cumulative_cost), colour: 1 },
          ...(saved
            ? [
                {
                  name: "Saved revenue (not causal)",
                  values: months.map((one) => one.cumulative_saved),
                  beside: true,
                },
              ]
            : []),
        ],
      }),
    [months, currency, saved],
  );
  const columns = useMemo((): readonly Column<Month>[] => {
    const amount = (key: string, title: string, value: (row: Month) => number | null) => ({
      key,
      title: `${title} (${currency})`,
      value,
      show: (row: Month) => money(value(row), currency),
      right: true,
    });
    return [
      { key: "month", title: "Month", value: (row) => row.month, show: (row) => month(`${row.month}-01`) },
      {
        key: "customers",
        title: "Outcomes",
        value: (row) => row.customers,
        show: (row) => count(row.customers),
        right: true,
      },
      amount("net", "Net", (row) => row.net.value),
      amount("cost", "Cost", (row) => row.cost),
      amount("saved", "Saved", (row) => row.saved),
      amount("cumulative_net", "Cumulative net", (row) => row.cumulative_net.value),
      amount("always_low", "Low", (row) => row.cumulative_net.always_low),
      amount("always_high", "High", (row) => row.cumulative_net.always_high),
      amount("cumulative_cost", "Cumulative cost", (row) => row.cumulative_cost),
      amount("cumulative_saved", "Cumulative saved", (row) => row.cumulative_saved),
    ];
  }, [currency]);
  return (
    <Panel
      title="Cumulative net revenue"
      lead="Customers count in the month their outcome window ended. The band holds however often you look."
      actions={
        <Switch
          size="xs"
          label="Saved revenue"
          checked={saved !== ""}
          onChange={(event) => showSaved(event.currentTarget.checked ? "1" : undefined)}
          className="no-print"
        />
      }
    >
      {months.length === 0 ? (
        <Empty
          title="Too few outcomes in this period"
          why={`It takes five customers with a known outcome. It is known ${figures.window_days === null ? "when the window has ended" : `${figures.window_days} days after the offer`}. Choose an earlier period.`}
        />
      ) : (
        <Chart
          name="revenue-by-month"
          label={`Cumulative net revenue against the holdout over ${months.length} months: ${money(months.at(-1)?.cumulative_net.value, currency)} for ${money(months.at(-1)?.cumulative_cost, currency)} of incentives.`}
          option={option}
          columns={columns}
          rows={months}
          rowKey={(row) => row.month}
          height={300}
        />
      )}
    </Panel>
  );
}
