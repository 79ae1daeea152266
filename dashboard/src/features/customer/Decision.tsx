import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { money, offerInWords, offerWords, percent } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Panel } from "@/ui/Panel";
import { Command } from "@/ui/states";

type Profile = Schemas["Profile"];

const ACTIONS = {
  auto_execute: "sent automatically",
  manual_review: "needs review",
  monitor: "monitor only",
  no_action: "no action",
} as const;

/** What was decided, by which rule, and how to check it. */
export function Decision({ customer }: { customer: Profile }) {
  const may = useMay();
  const { decision_id: id, decision } = customer;
  if (id === null) {
    return (
      <Panel title="Decision">
        <Text size="sm">No action needed: the churn risk is below the action threshold.</Text>
      </Panel>
    );
  }
  const raw = decision ?? {};
  const text = (name: string) =>
    typeof raw[name] === "string" && raw[name] ? (raw[name] as string) : undefined;
  const number = (name: string) => (typeof raw[name] === "number" ? (raw[name] as number) : undefined);
  const offered = customer.incentive_id !== null && customer.incentive_id !== "none";
  const whole = encodeURIComponent(customer.customer_id);
  return (
    <Panel title="Decision" lead={text("rule_words")}>
      <Stack gap="sm">
        <Group gap={8}>
          <Text fw={650} fz="lg">
            {offered
              ? offerInWords(
                  raw.recommended_incentive as Parameters<typeof offerInWords>[0],
                  customer.currency,
                ) || offerWords(customer.incentive_id)
              : "No offer"}
          </Text>
          <Text size="sm" c="dimmed">
            {customer.action_type === null ? "" : ACTIONS[customer.action_type]}
          </Text>
          {customer.held_out ? (
            <Badge className="mark" color="gray">
              Holdout (random)
            </Badge>
          ) : null}
          {raw.explored === true ? (
            <Badge className="mark" color="grape">
              Trial
            </Badge>
          ) : null}
        </Group>
        {offered ? (
          <Group gap="xl">
            <Fact name="Expected net" value={money(customer.expected_roi, customer.currency)} />
            <Fact name="Cost" value={money(customer.cost, customer.currency)} />
            <Fact name="Retention lift" value={percent(number("retention_lift"))} />
            <Fact name="Chance to pay off" value={percent(number("confidence"))} />
          </Group>
        ) : null}
        <Text size="xs" c="dimmed">
          {id}
          {text("rule") === undefined ? "" : ` · rule ${text("rule")}`}
        </Text>
        <Group gap="md">
          {may("reviews.read") ? <CaseLink id={customer.customer_id} /> : null}
          {may("customers.explain") ? (
            <Taken href={`/api/v1/customers/${whole}/receipt`}>Receipt (JSON)</Taken>
          ) : null}
          {may("privacy.handle") ? (
            <>
              <Taken href={`/api/v1/privacy/letters/${encodeURIComponent(id)}`}>Letter to the customer</Taken>
              <Taken href={`/api/v1/privacy/letters/${encodeURIComponent(id)}?format=pdf`}>as PDF</Taken>
            </>
          ) : null}
        </Group>
        {may("customers.explain") ? (
          <div>
            <Text size="xs" c="dimmed" mb={4}>
              Recompute it from its receipt and compare:
            </Text>
            <Command text={`retinue replay ${id}`} />
          </div>
        ) : null}
      </Stack>
    </Panel>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} className="numbers">
        {value}
      </Text>
    </div>
  );
}

function Taken({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Anchor href={href} download size="sm" className="plain" underline="always">
      <IconDownload size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> {children}
    </Anchor>
  );
}

/** To the newest case of the customer in the queue, where there was one. */
function CaseLink({ id }: { id: string }) {
  const { data } = useAsk("/api/v1/customers/{customer_id}/timeline", {
    path: { customer_id: id },
    query: { kind: ["review_asked"], limit: 1 },
  });
  const decision = data?.entries[0]?.decision_id;
  if (decision === undefined || decision === null) return null;
  return (
    <Link className="plain" to={`/?case=${encodeURIComponent(decision)}`}>
      <Text span size="sm">
        Open in the review queue
      </Text>
    </Link>
  );
}
