import { Text, Timeline } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { fromNow, time } from "@/lib/format";
import { StateBadge } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";

/** Every change of its state: who, when, why, and which plan. */
export function Moves({ moves }: { moves: Schemas["MoveMade"][] }) {
  return (
    <Panel title="History" lead="Every change of state, newest first">
      {moves.length === 0 ? (
        <Empty
          title="Its history begins with the first plan"
          why="A run listed it and nobody did anything with it yet."
        />
      ) : (
        <Timeline bulletSize={14} lineWidth={2}>
          {[...moves].reverse().map((move) => (
            <Timeline.Item key={`${move.at} ${move.state}`} title={<StateBadge state={move.state} />}>
              <Text size="sm">
                by {move.who}, <span title={time(move.at)}>{fromNow(move.at)}</span>
                {move.plan_sha256 === null ? null : (
                  <Text span size="sm" c="dimmed">
                    {" "}
                    · plan {move.plan_sha256.slice(0, 12)}
                  </Text>
                )}
              </Text>
              {move.reason ? (
                <Text size="sm" c="dimmed">
                  “{move.reason}”
                </Text>
              ) : null}
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Panel>
  );
}
