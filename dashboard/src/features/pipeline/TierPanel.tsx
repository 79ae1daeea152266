import { useMemo } from "react";
import { Link } from "react-router";
import { useKept } from "@/lib/address";
import { count, interval, percent } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Few } from "./Few";
import { customersAt, type Figures, type Funnel, STAGES, stageWords } from "./stages";

/** The funnel of each value tier. Each number leads to its customers. */
export function TierPanel({ figures }: { figures: Figures }) {
  const to = useKept();
  const { first, last } = figures.period;
  const columns = useMemo((): readonly Column<Funnel>[] => {
    const stages = STAGES.map((stage) => ({
      key: stage,
      title: stageWords(stage),
      right: true,
      value: (row: Funnel) => customersAt(row, stage),
      show: (row: Funnel) => {
        const many = customersAt(row, stage);
        return !many || row.tier === null ? (
          count(many)
        ) : (
          <Link className="quiet" to={to("/customers", { stage, tier: row.tier, from: first, to: last })}>
            {count(many)}
          </Link>
        );
      },
    }));
    return [
      { key: "tier", title: "Value tier", value: (row) => row.tier },
      ...stages,
      {
        key: "share",
        title: "Retention rate",
        right: true,
        value: (row) => row.retention?.share.value,
        show: (row) => {
          const share = row.retention?.share;
          return share?.value == null ? (
            <span title={share?.reason ?? undefined}>not enough data yet</span>
          ) : (
            <span title={`95 % interval, ${count(share.of)} with a known outcome`}>
              {percent(share.value)} ({interval(share.low, share.high, percent)})
            </span>
          );
        },
      },
      {
        key: "before",
        title: "At risk, previous period",
        right: true,
        value: (row) => row.stages.find((one) => one.stage === "at_risk")?.previous,
        show: (row) => count(row.stages.find((one) => one.stage === "at_risk")?.previous),
      },
    ];
  }, [to, first, last]);
  return (
    <Panel
      title="By value tier"
      lead="Distinct customers of the period. Very small tiers are combined."
      flush
      actions={<CsvButton name="pipeline-by-tier" columns={columns} rows={figures.tiers} />}
    >
      {figures.tiers.length === 0 ? (
        <Few />
      ) : (
        <DataTable
          label="The funnel by value tier"
          columns={columns}
          rows={figures.tiers}
          rowKey={(row) => row.tier ?? ""}
        />
      )}
    </Panel>
  );
}
