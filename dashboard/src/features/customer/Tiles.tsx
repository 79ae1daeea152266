import { Group } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { count, interval, money, percent } from "@/lib/format";
import { RiskBadge } from "@/ui/marks";
import { NotEnough } from "@/ui/states";
import { Tile } from "@/ui/Tile";

/** The customer in numbers: risk, value, what is at stake. */
export function Tiles({ customer }: { customer: Schemas["Profile"] }) {
  const { currency } = customer;
  const write = (value: number | null | undefined) => money(value, currency);
  const days = customer.time_to_churn_days;
  return (
    <section className="tiles" aria-label="The customer in numbers">
      <Tile
        label="Churn risk"
        definition="Probability that the customer leaves within the model's horizon."
        value={
          <Group gap="xs">
            {percent(customer.churn_probability)} <RiskBadge level={customer.risk_level} />
          </Group>
        }
        note={
          days === null
            ? "time to churn unknown"
            : days > 3_650
              ? "not expected within ten years"
              : `half of such customers leave within ${count(days)} days`
        }
      />
      <Tile
        label="Lifetime value"
        definition="Revenue expected over the value horizon, if the customer stays."
        value={
          customer.clv === null ? (
            <NotEnough why="There is too little to tell the value from." />
          ) : (
            write(customer.clv)
          )
        }
        note={
          customer.clv_low === null || customer.clv_high === null
            ? "without an interval"
            : `${interval(customer.clv_low, customer.clv_high, write)} (80 % interval)`
        }
      />
      <Tile
        label="Revenue at risk"
        definition="Lifetime value × churn risk."
        value={
          customer.revenue_at_risk === null ? (
            <NotEnough why="The value is not known." />
          ) : (
            write(customer.revenue_at_risk)
          )
        }
        note="lifetime value × churn risk"
      />
      <Tile
        label="Monthly revenue"
        value={customer.mrr === null ? "No contract" : write(customer.mrr)}
        note={
          customer.p_alive === null
            ? undefined
            : customer.p_alive >= 0.999
              ? "contract is running"
              : `${percent(customer.p_alive)} likely still active`
        }
      />
    </section>
  );
}
