import { useMemo } from "react";
import { Link } from "react-router";
import { useKept } from "@/lib/address";
import { count, money, percent } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Probability } from "@/ui/marks";
import { OTHERS } from "@/ui/others";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Group, Way } from "./groups";

/** The groups, the largest first. Each leads to its customers. */
export function GroupsPanel({
  groups,
  way,
  currency,
}: {
  groups: readonly Group[];
  way: Way;
  currency: string;
}) {
  const to = useKept();
  const all = groups.reduce((sum, one) => sum + one.customers, 0);
  const columns = useMemo(
    (): readonly Column<Group>[] => [
      {
        key: "name",
        title: "Group",
        value: (row) => row.name,
        show: (row) =>
          row.name === OTHERS ? (
            row.name
          ) : (
            <Link
              className="quiet"
              to={to("/customers", { tier: undefined, segment: undefined, [way.filter]: row.name })}
            >
              {row.name}
            </Link>
          ),
      },
      {
        key: "customers",
        title: "Customers",
        value: (row) => row.customers,
        show: (row) => (
          <Link
            className="quiet"
            to={to("/customers", { tier: undefined, segment: undefined, [way.filter]: row.name })}
          >
            {count(row.customers)}
          </Link>
        ),
        right: true,
      },
      {
        key: "share",
        title: "Share",
        value: (row) => row.customers / Math.max(1, all),
        show: (row) => percent(row.customers / Math.max(1, all)),
        right: true,
      },
      {
        key: "at_risk",
        title: "At risk",
        value: (row) => row.at_risk,
        show: (row) =>
          row.at_risk === 0 || row.name === OTHERS ? (
            count(row.at_risk)
          ) : (
            <Link
              className="quiet"
              to={to("/customers", {
                tier: undefined,
                segment: undefined,
                [way.filter]: row.name,
                at_risk: "true",
              })}
            >
              {count(row.at_risk)}
            </Link>
          ),
        right: true,
      },
      {
        key: "churn",
        title: "Mean churn risk",
        value: (row) => row.churn,
        show: (row) => <Probability value={row.churn} />,
        right: true,
      },
      {
        key: "revenue",
        title: `Revenue at risk (${currency})`,
        value: (row) => row.revenue_at_risk,
        show: (row) => money(row.revenue_at_risk, currency),
        right: true,
      },
      {
        key: "value",
        title: `Value (${currency})`,
        value: (row) => row.value,
        show: (row) => money(row.value, currency),
        right: true,
      },
    ],
    [to, way, all, currency],
  );
  const rows = useMemo(() => [...groups].sort((a, b) => b.customers - a.customers), [groups]);
  return (
    <Panel
      title={way.label}
      lead="Active customers of the newest run. Groups of fewer than five are combined."
      flush
      actions={<CsvButton name={`segments-${way.key}`} columns={columns} rows={rows} />}
    >
      {rows.length === 0 ? (
        <Empty
          title="No groups"
          why="The newest run had too few customers, or none of the tables this grouping needs."
        />
      ) : (
        <DataTable label={way.label} columns={columns} rows={rows} rowKey={(row) => row.name} />
      )}
    </Panel>
  );
}
