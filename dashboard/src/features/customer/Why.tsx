import { Button, List, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { causeInWords } from "@/lib/causes";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Causes } from "@/ui/Causes";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";
import { candidateOf, Weighed } from "@/ui/Weighed";
import { WhatWouldChange } from "./WhatWouldChange";

type Profile = Schemas["Profile"];

/** The causes of the score. Without the permission for their weights: in words. */
export function Why({ customer }: { customer: Profile }) {
  return useMay()("customers.explain") ? <Explained customer={customer} /> : <InWords customer={customer} />;
}

/** What the run explains of a customer. Where nothing was decided it mostly left nothing, so it is asked on demand. */
export function useExplanation(customer: Profile, enabled: boolean) {
  return useAsk(
    "/api/v1/customers/{customer_id}/explanation",
    { path: { customer_id: customer.customer_id } },
    { enabled },
  );
}

function Explained({ customer }: { customer: Profile }) {
  const [wanted, setWanted] = useState(false);
  const asked = wanted || customer.decision_id !== null;
  const found = useExplanation(customer, asked);
  return (
    <>
      <Panel
        title="Why this risk"
        lead="What sets this customer apart from the average one in the model. Not proof of a cause."
      >
        {asked ? (
          <Asked query={found} empty={<NotKept why={found.error?.message} />}>
            {(told) => <Causes causes={told.causes} />}
          </Asked>
        ) : (
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              No action was needed for this customer. Runs keep the reasons of customers above the action
              threshold, and of everybody where there is a cancel moment.
            </Text>
            <Button size="xs" variant="light" onClick={() => setWanted(true)}>
              Look for the reasons
            </Button>
          </Stack>
        )}
      </Panel>
      {found.data === undefined ? null : <WhatWouldChange id={customer.customer_id} />}
    </>
  );
}

/** Every offer that was weighed for the customer; nothing where none was. */
export function Considered({ customer }: { customer: Profile }) {
  const explains = useMay()("customers.explain");
  const found = useExplanation(customer, explains && customer.decision_id !== null);
  const candidates = found.data?.candidates.map(candidateOf) ?? [];
  if (candidates.length === 0) return null;
  return (
    <Panel
      title="Offers considered"
      lead="What each costs and is expected to earn, and why it was not chosen."
      flush
    >
      <Weighed candidates={candidates} currency={customer.currency} />
    </Panel>
  );
}

function NotKept({ why }: { why: string | undefined }) {
  return (
    <Stack gap={4}>
      <Text size="sm">{why ?? "The run left no explanation of this customer."}</Text>
      <Text size="sm" c="dimmed">
        Runs keep the features of customers above the action threshold. For others use the command line.
      </Text>
    </Stack>
  );
}

function InWords({ customer }: { customer: Profile }) {
  const reasons = customer.decision?.reasons;
  const told = Array.isArray(reasons) ? reasons.filter((one): one is string => typeof one === "string") : [];
  return (
    <Panel title="Why this risk">
      {told.length === 0 ? (
        <Text size="sm" c="dimmed">
          No reasons are kept: runs keep them for customers above the action threshold.
        </Text>
      ) : (
        <List size="sm">
          {told.map((reason) => (
            <List.Item key={reason}>
              {causeInWords(reason)}
              {reason.endsWith("lowers the risk") ? " (lowers the risk)" : ""}
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}
