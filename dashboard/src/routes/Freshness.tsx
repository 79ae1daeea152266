import { Group, Loader, Text } from "@mantine/core";
import { Link } from "react-router";
import { fromNow, percent, time } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { stageWords, useRunning } from "@/lib/running";
import { useMay } from "@/lib/session";

/** As of when the figures are, or the run that is making newer ones. */
export function Freshness() {
  const may = useMay();
  const { data } = useNewest();
  const running = useRunning().data?.running;
  if (running) {
    const words = `${stageWords(running.stage)}${running.share === null ? "" : ` ${percent(running.share, 0)}`}`;
    return (
      <Group gap={6} wrap="nowrap" role="status">
        <Loader size={14} aria-hidden />
        <Text size="xs" visibleFrom="sm">
          {may("sources.read") ? (
            <Link className="quiet" to="/sources">
              {words}
            </Link>
          ) : (
            words
          )}
        </Text>
      </Group>
    );
  }
  if (data === undefined) return null;
  return (
    <Text
      size="xs"
      c="dimmed"
      visibleFrom="sm"
      title={`All figures are as of the newest run, ${data.run}: ${time(data.as_of)}.`}
    >
      As of {fromNow(data.as_of)}
    </Text>
  );
}
