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
        label="Likely to leave"
        definition="The probability that the customer leaves within the horizon of the model."
        value={
          <Group gap="xs">
            {percent(customer.churn_probability)} <RiskBadge level={customer.risk_level} />
          </Group>
        }
        note={
          days === null
            ? "when cannot be told"
            : days > 3_650
              ? "if at all, in many years"
              : `half of such customers leave within ${count(days)} days`
        }
      />
      <Tile
        label="Worth"
        definition="What the customer is expected to bring within the horizon of value, if they stay."
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
        definition="Worth × the probability to leave."
        value={
          customer.revenue_at_risk === null ? (
            <NotEnough why="The value is not known." />
          ) : (
            write(customer.revenue_at_risk)
          )
        }
        note="worth × likely to leave"
      />
      <Tile
        label="Monthly revenue"
        value={customer.mrr === null ? "No contract" : write(customer.mrr)}
        note={
          customer.p_alive === null
            ? undefined
            : customer.p_alive >= 0.999
              ? "active for certain: the contract runs"
              : `still active with ${percent(customer.p_alive)}`
        }
      />
    </section>
  );
}
