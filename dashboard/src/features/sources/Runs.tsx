import { Anchor, Button, Group } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { count, fromNow, money, time } from "@/lib/format";
import { usePages } from "@/lib/service";
import { useMay } from "@/lib/session";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Failure, NoRunYet, Waiting } from "@/ui/states";

type Run = Schemas["RunRow"];

function figure(run: Run, name: string): number | null {
  const found = run.summary[name];
  return typeof found === "number" ? found : null;
}

/** Every finished run, newest first. */
export function Runs({ currency }: { currency: string }) {
  const found = usePages("/api/v1/runs", { query: { limit: 50 } });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.runs) ?? [], [found.data]);
  const campaigns = useMay()("campaigns.read");
  const columns = useMemo((): readonly Column<Run>[] => {
    const counted = (key: string, title: string): Column<Run> => ({
      key,
      title,
      right: true,
      value: (row) => figure(row, key),
      show: (row) => {
        const many = figure(row, key);
        return many === null ? "not recorded" : count(many);
      },
      fixed: true,
    });
    return [
      {
        key: "campaign_id",
        title: "Run",
        value: (row) => row.campaign_id,
        show: (row) =>
          campaigns ? (
            <Anchor
              component={Link}
              size="sm"
              c="var(--retinue-link)"
              to={`/campaigns/${encodeURIComponent(row.campaign_id)}`}
            >
              {row.campaign_id}
            </Anchor>
          ) : (
            row.campaign_id
          ),
        fixed: true,
      },
      {
        key: "as_of",
        title: "As of",
        value: (row) => row.as_of,
        show: (row) => (
          <span className="nowrap" title={fromNow(row.as_of)}>
            {time(row.as_of)}
          </span>
        ),
        fixed: true,
      },
      {
        key: "finished_at",
        title: "Finished",
        value: (row) => row.finished_at,
        show: (row) => (
          <span className="nowrap" title={time(row.finished_at)}>
            {fromNow(row.finished_at)}
          </span>
        ),
        fixed: true,
      },
      counted("customers", "Customers"),
      counted("active", "Active"),
      counted("at_risk", "At risk"),
      counted("offers", "Offers"),
      {
        key: "planned_cost",
        title: "Planned cost",
        right: true,
        value: (row) => figure(row, "planned_cost"),
        show: (row) => {
          const cost = figure(row, "planned_cost");
          return cost === null ? "not recorded" : money(cost, currency);
        },
        fixed: true,
      },
    ];
  }, [campaigns, currency]);
  return (
    <Panel
      title="Past runs"
      lead="Each run loads what is new, scores every customer and decides what to do."
      flush
      actions={<CsvButton name="runs" columns={columns} rows={rows} />}
    >
      {found.isPending ? (
        <Waiting />
      ) : found.isError ? (
        <div style={{ padding: "0 1rem 1rem" }}>
          <Failure error={found.error} retry={() => void found.refetch()} />
        </div>
      ) : rows.length === 0 ? (
        <NoRunYet what="The list of runs" />
      ) : (
        <DataTable
          label="Past runs"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.run_id}
          height={420}
          foot={
            found.hasNextPage ? (
              <Group justify="center" p="xs">
                <Button
                  variant="default"
                  size="xs"
                  loading={found.isFetchingNextPage}
                  onClick={() => void found.fetchNextPage()}
                >
                  Show older runs
                </Button>
              </Group>
            ) : null
          }
        />
      )}
    </Panel>
  );
}
