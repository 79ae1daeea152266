import { Group, NativeSelect, Switch } from "@mantine/core";
import { count, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Filters, STATES, type State } from "./queue";

interface Props {
  filters: Filters;
  onChange: (next: Partial<Filters>) => void;
}

/** Which cases are listed. */
export function QueueFilters({ filters, onChange }: Props) {
  const { data } = useAsk("/api/v1/counts/reviews", { query: {} });
  const campaigns = (data?.campaigns ?? []).map((one) => ({
    value: one.campaign_id,
    label: `${one.campaign_id} (${count(one.waiting)})`,
  }));
  if (filters.campaign !== undefined && !campaigns.some((one) => one.value === filters.campaign)) {
    campaigns.push({ value: filters.campaign, label: filters.campaign });
  }
  return (
    <Group gap="sm" px="sm" py="xs" style={{ borderBottom: "1px solid var(--retinue-line)" }}>
      <NativeSelect
        aria-label="State of the cases"
        size="xs"
        w={120}
        value={filters.state}
        data={STATES.map((state) => ({ value: state, label: words(state) }))}
        onChange={(event) => onChange({ state: event.currentTarget.value as State })}
      />
      <NativeSelect
        aria-label="Campaign of the cases"
        size="xs"
        style={{ flex: 1, minWidth: 130 }}
        value={filters.campaign ?? ""}
        data={[{ value: "", label: "All campaigns" }, ...campaigns]}
        onChange={(event) => onChange({ campaign: event.currentTarget.value || undefined })}
      />
      <Group gap="md">
        <Switch
          size="xs"
          label="Mine"
          aria-label="Assigned to me"
          checked={filters.mine}
          onChange={(event) => onChange({ mine: event.currentTarget.checked })}
        />
        <Switch
          size="xs"
          label={
            data === undefined || data.snoozed === 0
              ? "Include snoozed"
              : `Include snoozed (${count(data.snoozed)})`
          }
          disabled={filters.state !== "waiting"}
          checked={filters.snoozed}
          onChange={(event) => onChange({ snoozed: event.currentTarget.checked })}
        />
      </Group>
    </Group>
  );
}
