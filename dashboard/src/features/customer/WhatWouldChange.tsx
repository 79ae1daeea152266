import { Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { percent } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Column, DataTable } from "@/ui/DataTable";
import { Probability } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";

type Change = Schemas["ChangedFeature"];

/** What the model would say if what raises the risk most was as it is typically. */
export function WhatWouldChange({ id }: { id: string }) {
  const found = useAsk("/api/v1/customers/{customer_id}/counterfactual", { path: { customer_id: id } });
  if (found.error?.status === 404) return null; // the panel of the causes says why
  return (
    <Panel
      title="What would lower the risk"
      lead="The predicted risk if these were at their typical value. A what-if of the model, not a promise of an effect."
      flush
    >
      <Asked query={found}>
        {(told) => (
          <>
            <Text size="sm" px="md" pb="xs">
              {sentence(told)}
            </Text>
            {told.changes.length === 0 ? null : (
              <DataTable
                label="What would change the risk"
                columns={COLUMNS}
                rows={told.changes}
                rowKey={(one) => one.feature}
              />
            )}
          </>
        )}
      </Asked>
    </Panel>
  );
}

function sentence(told: Schemas["Counterfactual"]): string {
  const limit = percent(told.act_above, 0);
  if (told.changes.length === 0) return "Nothing stands out that raises the risk.";
  if (told.enough === 0) return `The risk already lies at or below the action threshold (${limit}).`;
  if (told.enough === null) {
    return `Even all of these together would not bring the risk to the action threshold (${limit}).`;
  }
  return told.enough === 1
    ? `The first of these alone would bring the risk to the action threshold (${limit}).`
    : `The first ${told.enough} together would bring the risk to the action threshold (${limit}).`;
}

const COLUMNS: Column<Change>[] = [
  {
    key: "label",
    title: "If this were typical",
    value: (one) => one.label,
    show: (one) => (
      <>
        {one.label.charAt(0).toUpperCase() + one.label.slice(1)}
        <Text size="xs" c="dimmed">
          {one.value} → {one.typical}
        </Text>
      </>
    ),
    fixed: true,
  },
  {
    key: "alone",
    title: "Alone",
    value: (one) => one.alone,
    show: (one) => percent(one.alone),
    right: true,
    fixed: true,
  },
  {
    key: "together",
    title: "Cumulative",
    value: (one) => one.together,
    show: (one) => <Probability value={one.together} />,
    fixed: true,
  },
];
