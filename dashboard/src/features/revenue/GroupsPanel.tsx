import { useCallback, useMemo } from "react";
import { Link } from "react-router";
import { Chart } from "@/charts/Chart";
import { intervals } from "@/charts/intervals";
import type { Palette } from "@/charts/palette";
import { useKept } from "@/lib/address";
import { count, decimal, money, shortMoney } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Figure } from "@/ui/marks";
import { OTHERS } from "@/ui/others";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Earned } from "./figures";

interface Props {
  title: string;
  name: string;
  group: string;
  filter: "tier" | "segment";
  rows: readonly Earned[];
  currency: string;
}

/** Net revenue and return of each group, with intervals. */
export function GroupsPanel({ title, name, group, filter, rows, currency }: Props) {
  const to = useKept();
  const known = useMemo(() => rows.filter((row) => row.net.value !== null), [rows]);
  const option = useCallback(
    (palette: Palette) =>
      intervals(palette, {
        estimates: known.map((row) => ({
          name: row.name ?? "All",
          value: row.net.value,
          low: row.net.low,
          high: row.net.high,
        })),
        write: (value) => money(value, currency),
        short: (value) => shortMoney(value, currency),
        line: { at: 0, name: "break-even" },
      }),
    [known, currency],
  );
  const columns = useMemo(
    (): readonly Column<Earned>[] => [
      {
        key: "name",
        title: group,
        value: (row) => row.name,
        show: (row) =>
          row.name === null || row.name === "unknown" ? (
            <span title="Decisions from before Retinue knew the customer's group">not known</span>
          ) : row.name === OTHERS ? (
            <span title="Groups of fewer than five customers are told together">Others</span>
          ) : (
            <Link
              className="quiet"
              title="The customers who are in it now"
              to={to("/customers", { tier: undefined, segment: undefined, [filter]: row.name })}
            >
              {row.name}
            </Link>
          ),
      },
      {
        key: "treated",
        title: "Treated",
        value: (row) => row.treated,
        show: (row) => count(row.treated),
        right: true,
      },
      {
        key: "alone",
        title: "Holdout",
        value: (row) => row.alone,
        show: (row) => count(row.alone),
        right: true,
      },
      {
        key: "saved",
        title: `Saved (${currency})`,
        value: (row) => row.saved,
        show: (row) =>
          row.saved === null ? (
            <span title={row.saved_reason ?? undefined}>not known</span>
          ) : row.valued === row.retained ? (
            money(row.saved, currency)
          ) : (
            <span title={`Of ${count(row.valued)} of ${count(row.retained)} retained, whose value is known`}>
              {money(row.saved, currency)}
            </span>
          ),
        right: true,
      },
      {
        key: "cost",
        title: `Cost (${currency})`,
        value: (row) => row.cost,
        show: (row) => money(row.cost, currency),
        right: true,
      },
      {
        key: "net",
        title: `Net (${currency})`,
        value: (row) => row.net.value,
        show: (row) => <Figure {...row.net} write={(value) => money(value, currency)} why={row.net.reason} />,
        right: true,
      },
      {
        key: "roi",
        title: "ROI",
        value: (row) => row.roi.value,
        show: (row) => (
          <Figure {...row.roi} write={(value) => `${decimal(value, 1)} ×`} why={row.roi.reason} />
        ),
        right: true,
      },
    ],
    [to, group, filter, currency],
  );
  if (rows.length === 0) {
    return (
      <Panel title={title}>
        <Empty
          title="No groups to compare"
          why="Fewer than five customers with a known outcome in this period."
        />
      </Panel>
    );
  }
  return (
    <Panel
      title={title}
      lead="Net revenue against the holdout with its 95 % interval; an interval across zero proves nothing yet."
      flush
      actions={<CsvButton name={name} columns={columns} rows={rows} />}
    >
      {known.length > 1 ? (
        <div style={{ padding: "0 var(--mantine-spacing-md)" }}>
          <Chart
            name={`${name}-net`}
            label={`Net revenue with intervals: ${known.map((row) => `${row.name} ${money(row.net.value, currency)}`).join(", ")}.`}
            option={option}
            columns={columns}
            rows={known}
            rowKey={(row) => row.name ?? ""}
            height={Math.max(120, 44 + known.length * 38)}
          />
        </div>
      ) : null}
      <DataTable label={title} columns={columns} rows={rows} rowKey={(row) => row.name ?? ""} />
    </Panel>
  );
}
