import { Badge, Group, Text } from "@mantine/core";
import { count, words } from "@/lib/format";

/** Delivery states in the order in which one wants to hear of them. */
export const DELIVERY_STATES = [
  "sent",
  "sending",
  "queued",
  "unknown",
  "failed",
  "withheld",
  "expired",
  "cancelled",
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DELIVERY_COLOURS: Record<DeliveryState, string> = {
  sent: "teal",
  sending: "blue",
  queued: "indigo",
  unknown: "orange",
  failed: "red",
  withheld: "yellow",
  expired: "gray",
  cancelled: "gray",
};

/** How many deliveries are in which state. */
export function DeliveryCounts({ counts }: { counts: Record<string, number> }) {
  const found = DELIVERY_STATES.filter((state) => (counts[state] ?? 0) > 0);
  if (found.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        none yet
      </Text>
    );
  }
  return (
    <Group gap={4} wrap="nowrap">
      {found.map((state) => (
        <Badge key={state} className="mark numbers" color={DELIVERY_COLOURS[state]}>
          {count(counts[state])} {words(state).toLowerCase()}
        </Badge>
      ))}
    </Group>
  );
}
