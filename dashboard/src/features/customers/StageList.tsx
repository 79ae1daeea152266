import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { day, offerWords } from "@/lib/format";
import { usePages } from "@/lib/service";
import type { Column } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { BehindList } from "./BehindList";
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
  return (
    <BehindList
      pages={pages}
      rows={rows}
      columns={COLUMNS}
      rowKey={(one) => one.customer_id}
      label={STAGES[stage]}
      name={`pipeline_${stage}`}
      words={["customer", "customers"]}
      view="the pipeline"
      nobody={(own) => (own ? "Nobody of your own cases is in this stage" : "Nobody is in this stage")}
    />
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
