import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { count, day, money, offerWords } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { More } from "@/ui/More";
import { CustomerLink } from "@/ui/marks";
import { Asked, Empty, NoRunYet } from "@/ui/states";
import { Faint, OutcomeMark } from "./Outcome";
import { daysOf, type OutcomeName } from "./wanted";

type Decision = Schemas["DecisionRow"];

/** What the numbers of campaign effectiveness are called. */
export const OUTCOMES: Record<OutcomeName, string> = {
  made: "Decisions of the period",
  judged: "Decisions with a known outcome",
  retained: "Decisions whose customer stayed",
  left: "Decisions whose customer left",
  not_known_yet: "Decisions whose outcome is not known yet",
};

/** The decisions behind a number of campaign effectiveness. */
export function DecisionList({ outcome }: { outcome: OutcomeName }) {
  const [address] = useSearchParams();
  const incentive = address.get("incentive");
  const query = { outcome, limit: 100, ...daysOf(address), ...(incentive ? { incentive } : {}) };
  const pages = usePages("/api/v1/analytics/campaigns/decisions", { query });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.decisions) ?? [], [pages.data]);
  const first = pages.data?.pages[0];
  const columns = useMemo(() => columnsIn(first?.currency ?? "EUR"), [first?.currency]);
  return (
    <Asked
      query={pages}
      empty={
        pages.error?.status === 404 ? (
          <NoRunYet what="Decisions" />
        ) : (
          <Empty
            title={first?.own_only ? "None of your own cases" : "No such decision"}
            why={
              first === undefined
                ? OUTCOMES[outcome]
                : `${OUTCOMES[outcome]}: none between ${day(first.period.first)} and ${day(first.period.last)}.`
            }
          />
        )
      }
      isEmpty={() => rows.length === 0}
    >
      {() => (
        <>
          <Text size="sm" px="md" py="xs" className="numbers" role="status" component="div">
            <strong>{count(first?.total)}</strong> {first?.total === 1 ? "decision" : "decisions"},{" "}
            {day(first?.period.first)} to {day(first?.period.last)}
            {first?.own_only ? ", of your own cases; the number it is behind is of all" : ""}
            {pages.hasNextPage ? (
              <Text span size="xs" c="dimmed">
                {" "}
                · {count(rows.length)} shown
              </Text>
            ) : null}
            <CsvButton name={`decisions_${outcome}`} columns={columns} rows={rows} />
          </Text>
          <DataTable
            label={OUTCOMES[outcome]}
            columns={columns}
            rows={rows}
            rowKey={(one) => one.decision_id}
            height={680}
            foot={<More pages={pages} what="decisions" />}
          />
        </>
      )}
    </Asked>
  );
}

function columnsIn(currency: string): Column<Decision>[] {
  return [
    {
      key: "customer_id",
      title: "Customer",
      value: (one) => one.customer_id,
      show: (one) =>
        one.customer_id === null ? <Faint>erased</Faint> : <CustomerLink id={one.customer_id} />,
      fixed: true,
    },
    {
      key: "decided_at",
      title: "Decided",
      value: (one) => one.decided_at,
      show: (one) => day(one.decided_at),
      fixed: true,
    },
    {
      key: "incentive",
      title: "Offer",
      value: (one) => offerWords(one.incentive),
      fixed: true,
    },
    {
      key: "cost",
      title: `Cost (${currency})`,
      value: (one) => one.cost,
      show: (one) => money(one.cost, currency),
      right: true,
      fixed: true,
    },
    {
      key: "retained",
      title: "Outcome",
      value: (one) => one.retained,
      show: (one) => <OutcomeMark retained={one.retained} at={one.judged_at} />,
      fixed: true,
    },
  ];
}
