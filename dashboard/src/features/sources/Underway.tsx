import { Group, Loader, Progress, Text } from "@mantine/core";
import { fromNow, time } from "@/lib/format";
import { STAGE_NAMES, stageWords, useRunning } from "@/lib/running";

/** A run that is under way: the stage, how far it is, what is done. Nothing while none is. */
export function Underway() {
  const { data } = useRunning();
  const running = data?.running;
  if (!running) return null;
  const steps = Math.max(STAGE_NAMES.length, running.stages_done.length + 1);
  const share = (running.stages_done.length + (running.share ?? 0)) / steps;
  return (
    <section className="panel" aria-label="Run under way" style={{ padding: "var(--mantine-spacing-md)" }}>
      <Group gap="sm" wrap="nowrap" mb={8}>
        <Loader size={16} aria-hidden />
        <div role="status">
          <Text size="sm" fw={600}>
            {stageWords(running.stage)}
            {running.share === null ? "" : `, ${Math.round(running.share * 100)} %`}
          </Text>
        </div>
      </Group>
      <Progress
        value={share * 100}
        aria-label={`Stage ${running.stages_done.length + 1} of ${steps}: ${stageWords(running.stage)}`}
      />
      <Text size="xs" c="dimmed" mt={6}>
        A run as of {time(running.as_of)} began{" "}
        <span title={time(running.started_at)}>{fromNow(running.started_at)}</span>; stage{" "}
        {running.stages_done.length + 1} of {steps}. Figures stay those of the run before until it ends.
      </Text>
    </section>
  );
}
