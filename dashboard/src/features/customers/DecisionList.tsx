import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { day, money, offerWords } from "@/lib/format";
import { usePages } from "@/lib/service";
import type { Column } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { BehindList } from "./BehindList";
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
  const currency = pages.data?.pages[0]?.currency ?? "EUR";
  const columns = useMemo(() => columnsIn(currency), [currency]);
  return (
    <BehindList
      pages={pages}
      rows={rows}
      columns={columns}
      rowKey={(one) => one.decision_id}
      label={OUTCOMES[outcome]}
      name={`decisions_${outcome}`}
      words={["decision", "decisions"]}
      view="effectiveness"
      nobody={(own) => (own ? "There is none of your own cases" : "There is no such decision")}
    />
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
