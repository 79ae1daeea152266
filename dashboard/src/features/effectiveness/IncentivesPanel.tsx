import { Badge } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Link } from "react-router";
import { Chart } from "@/charts/Chart";
import { intervals } from "@/charts/intervals";
import type { Palette } from "@/charts/palette";
import { count, money, offerWords, percent, points } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Figure } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import { useBehind } from "./behind";
import type { Figures, Incentive } from "./figures";

/** Retention by incentive, with intervals, and what each costs. */
export function IncentivesPanel({ figures }: { figures: Figures }) {
  const { incentives: given, currency } = figures;
  const behind = useBehind(figures);
  const incentives = useMemo(() => [...given].sort(byName), [given]);
  const known = useMemo(() => incentives.filter((one) => one.retained.value !== null), [incentives]);
  const none = known.find((one) => one.incentive === "none")?.retained.value ?? null;
  const option = useCallback(
    (palette: Palette) =>
      intervals(palette, {
        estimates: known.map((one) => ({
          name: offerWords(one.incentive),
          value: one.retained.value,
          low: one.retained.low,
          high: one.retained.high,
        })),
        write: (value) => percent(value, 1),
        short: (value) => percent(value, 0),
        ...(none === null ? {} : { line: { at: none, name: "no offer" } }),
      }),
    [known, none],
  );
  const columns = useMemo(
    (): readonly Column<Incentive>[] => [
      {
        key: "incentive",
        title: "Incentive",
        value: (row) => offerWords(row.incentive),
        show: (row) => (
          <span className="nowrap">
            {offerWords(row.incentive)}
            {row.overall?.starving ? (
              <Badge
                className="mark"
                color="orange"
                display="flex"
                w="fit-content"
                title="Offered too rarely to learn from"
              >
                rarely tried
              </Badge>
            ) : null}
          </span>
        ),
      },
      {
        key: "made",
        title: "Offers",
        value: (row) => row.made,
        show: (row) => <Behind many={row.made} to={behind("made", row.incentive)} />,
        right: true,
      },
      {
        key: "judged",
        title: "Outcome known",
        value: (row) => row.judged,
        show: (row) => <Behind many={row.judged} to={behind("judged", row.incentive)} />,
        right: true,
      },
      {
        key: "retained",
        title: "Retained",
        value: (row) => row.retained.value,
        show: (row) => (
          <Figure {...row.retained} write={(value) => percent(value, 1)} why={row.retained.reason} />
        ),
        right: true,
      },
      {
        key: "effect",
        title: "Effect, all time",
        value: (row) => row.overall?.effect.value,
        show: (row) =>
          row.incentive === "none" ? (
            "baseline"
          ) : (
            <Figure
              {...(row.overall?.effect ?? { value: null })}
              write={points}
              why={row.overall?.effect.reason}
            />
          ),
        right: true,
      },
      {
        key: "best",
        title: "Chance to be best",
        value: (row) => row.overall?.probability_best,
        show: (row) => percent(row.overall?.probability_best),
        right: true,
      },
      {
        key: "spend",
        title: `Spend (${currency})`,
        value: (row) => row.spend,
        show: (row) => money(row.spend, currency),
        right: true,
      },
      {
        key: "each",
        title: "Cost per retained",
        value: (row) => row.cost_per_retained,
        show: (row) => money(row.cost_per_retained, currency),
        right: true,
      },
      {
        key: "extra",
        title: "Cost per extra retained",
        value: (row) => row.overall?.extra_cost.value,
        show: (row) => (
          <Figure
            {...(row.overall?.extra_cost ?? { value: null })}
            write={(value) => money(value, currency)}
            why={row.overall?.extra_cost.reason}
          />
        ),
        right: true,
      },
    ],
    [currency, behind],
  );
  return (
    <Panel
      title="Retention by incentive"
      lead="Raw shares of the period with 95 % intervals. Effect and cost per extra retained customer are weighted to all who could have had the offer."
      flush
      actions={<CsvButton name="incentives" columns={columns} rows={incentives} />}
    >
      {incentives.length === 0 ? (
        <Empty
          title="No offers in this period"
          why="Choose another period, or plan a campaign."
          to={{ label: "Campaigns", path: "/campaigns" }}
        />
      ) : (
        <>
          {known.length > 1 ? (
            <div style={{ padding: "0 var(--mantine-spacing-md)" }}>
              <Chart
                name="retention-by-incentive"
                label={`Retained: ${known.map((one) => `${offerWords(one.incentive)} ${percent(one.retained.value)}`).join(", ")}.`}
                option={option}
                columns={columns}
                rows={known}
                rowKey={(row) => row.incentive}
                height={Math.max(140, 50 + known.length * 32)}
              />
            </div>
          ) : null}
          <DataTable
            label="Retention by incentive"
            columns={columns}
            rows={incentives}
            rowKey={(row) => row.incentive}
          />
        </>
      )}
    </Panel>
  );
}

/** Doing nothing first, then by name, 5 % before 10 %. */
function byName(one: Incentive, other: Incentive): number {
  if (one.incentive === "none" || other.incentive === "none") return one.incentive === "none" ? -1 : 1;
  return offerWords(one.incentive).localeCompare(offerWords(other.incentive), "en", { numeric: true });
}

function Behind({ many, to }: { many: number; to: string }) {
  if (many === 0) return "0";
  return (
    <Link className="quiet" to={to}>
      {count(many)}
    </Link>
  );
}
