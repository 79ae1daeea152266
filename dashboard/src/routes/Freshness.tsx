import { Group, Loader, Text, Tooltip } from "@mantine/core";
import { fromNow, time } from "@/lib/format";
import { useNewest } from "@/lib/newest";

/** As of when the figures are; a run that is under way. */
export function Freshness() {
  const { data } = useNewest();
  if (data === undefined) return null;
  return (
    <Tooltip label={`All figures are as of the newest run, ${data.run}: ${time(data.as_of)}.`}>
      <Text size="xs" c="dimmed" visibleFrom="sm" tabIndex={0}>
        As of {fromNow(data.as_of)}
      </Text>
    </Tooltip>
  );
}

/** A run under way: the stage and how far it is. */
export function Underway({ stage, share }: { stage: string; share: number | null }) {
  return (
    <Group gap={6} wrap="nowrap" role="status">
      <Loader size={14} aria-hidden />
      <Text size="xs">
        {stage}
        {share === null ? "" : ` ${Math.round(share * 100)} %`}
      </Text>
    </Group>
  );
}
