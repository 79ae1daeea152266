import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { count, day, offerWords } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { More } from "@/ui/More";
import { CustomerLink } from "@/ui/marks";
import { Asked, Empty, NoRunYet } from "@/ui/states";
import { Faint, OutcomeMark } from "./Outcome";
import { daysOf, type StageName } from "./wanted";

type Customer = Schemas["PipelineCustomer"];

/** What the stages of the pipeline are called. */
export const STAGES: Record<StageName, string> = {
  total: "Active in the period",
  at_risk: "At risk in the period",
  intervention: "Got an offer in the period",
  retained: "Got an offer and stayed",
  left: "Got an offer and left",
  not_known_yet: "Got an offer; outcome not known yet",
};

/** The customers behind a number of the pipeline. */
export function StageList({ stage }: { stage: StageName }) {
  const [address] = useSearchParams();
  const [tier, segment] = ["tier", "segment"].map((name) => address.get(name));
  const query = {
    stage,
    limit: 100,
    ...daysOf(address),
    ...(tier ? { tier } : {}),
    ...(segment ? { segment } : {}),
  };
  const pages = usePages("/api/v1/analytics/pipeline/customers", { query });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.customers) ?? [], [pages.data]);
  const first = pages.data?.pages[0];
  return (
    <Asked
      query={pages}
      empty={
        pages.error?.status === 404 ? (
          <NoRunYet what="Your customers" />
        ) : (
          <Empty
            title={first?.own_only ? "Nobody of your own cases is in this stage" : "Nobody is in this stage"}
            why={
              first === undefined
                ? STAGES[stage]
                : `${STAGES[stage]}: none between ${day(first.period.first)} and ${day(first.period.last)}.`
            }
          />
        )
      }
      isEmpty={() => rows.length === 0}
    >
      {() => (
        <>
          <Text size="sm" px="md" py="xs" className="numbers" role="status" component="div">
            <strong>{count(first?.total)}</strong> {first?.total === 1 ? "customer" : "customers"},{" "}
            {day(first?.period.first)} to {day(first?.period.last)}
            {first?.own_only ? ", of your own cases; the number in the pipeline is of all" : ""}
            {pages.hasNextPage ? (
              <Text span size="xs" c="dimmed">
                {" "}
                · {count(rows.length)} shown
              </Text>
            ) : null}
            <CsvButton name={`pipeline_${stage}`} columns={COLUMNS} rows={rows} />
          </Text>
          <DataTable
            label={STAGES[stage]}
            columns={COLUMNS}
            rows={rows}
            rowKey={(one) => one.customer_id}
            height={680}
            foot={<More pages={pages} what="customers" />}
          />
        </>
      )}
    </Asked>
  );
}

const COLUMNS: Column<Customer>[] = [
  {
    key: "customer_id",
    title: "Customer",
    value: (one) => one.customer_id,
    show: (one) => <CustomerLink id={one.customer_id} />,
    fixed: true,
  },
  { key: "tier", title: "Tier", value: (one) => one.tier, fixed: true },
  { key: "segment", title: "Segment", value: (one) => one.segment ?? "none", fixed: true },
  {
    key: "first_at_risk",
    title: "At risk since",
    value: (one) => one.first_at_risk,
    show: (one) => (one.first_at_risk === null ? <Faint>was not</Faint> : day(one.first_at_risk)),
    fixed: true,
  },
  {
    key: "intervention_at",
    title: "Offer on",
    value: (one) => one.intervention_at,
    show: (one) => (one.intervention_at === null ? <Faint>no offer</Faint> : day(one.intervention_at)),
    fixed: true,
  },
  {
    key: "incentive",
    title: "Offer",
    value: (one) => one.incentive,
    show: (one) => (one.incentive === null ? <Faint>none</Faint> : offerWords(one.incentive)),
    fixed: true,
  },
  {
    key: "retained",
    title: "Outcome",
    value: (one) => one.retained,
    show: (one) =>
      one.intervention_at === null ? (
        <Faint>no offer</Faint>
      ) : (
        <OutcomeMark retained={one.retained} at={one.judged_at} />
      ),
    fixed: true,
  },
];
