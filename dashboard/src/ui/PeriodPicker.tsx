import { Group, Select, TextInput } from "@mantine/core";
import { PERIODS, type Period, type PeriodName } from "@/lib/period";

interface Props {
  period: Period;
  onChange: (name: PeriodName, from?: string, to?: string) => void;
}

/** Which stretch of time a view is about. */
export function PeriodPicker({ period, onChange }: Props) {
  return (
    <Group gap="xs">
      <Select
        aria-label="Period"
        w={180}
        value={period.name}
        allowDeselect={false}
        data={Object.entries(PERIODS).map(([value, label]) => ({ value, label }))}
        onChange={(name) => {
          if (name !== null) onChange(name as PeriodName, period.from, period.to);
        }}
      />
      {period.name === "custom" ? (
        <>
          <TextInput
            type="date"
            aria-label="First day"
            value={period.from}
            max={period.to}
            onChange={(event) => onChange("custom", event.currentTarget.value, period.to)}
          />
          <TextInput
            type="date"
            aria-label="Last day"
            value={period.to}
            min={period.from}
            onChange={(event) => onChange("custom", period.from, event.currentTarget.value)}
          />
        </>
      ) : null}
    </Group>
  );
}
