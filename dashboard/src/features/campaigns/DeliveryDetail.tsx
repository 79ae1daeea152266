import { Badge, Button, Group, Stack, Text, Timeline } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered, type Schemas } from "@/api/client";
import { cents, fromNow, time, words } from "@/lib/format";
import { service, useAct, useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Confirm } from "@/ui/Confirm";
import { Drawer } from "@/ui/Dialog";
import { CustomerLink } from "@/ui/marks";
import { Asked } from "@/ui/states";
import { DELIVERY_COLOURS, type DeliveryState } from "./DeliveryCounts";

type Whole = Schemas["WholeDelivery"];

interface Props {
  id: string | undefined;
  currency: string;
  onClose: () => void;
}

/** One delivery with every change of its state; where nobody knows what became of it, the place to say. */
export function DeliveryDetail({ id, currency, onClose }: Props) {
  const found = useAsk(
    "/api/v1/deliveries/{delivery_id}",
    { path: { delivery_id: id ?? "" } },
    { enabled: id !== undefined },
  );
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" title="Delivery" size="md">
      <Asked query={found}>{(delivery) => <Detail delivery={delivery} currency={currency} />}</Asked>
    </Drawer>
  );
}

function Detail({ delivery, currency }: { delivery: Whole; currency: string }) {
  return (
    <Stack gap="md">
      <div>
        <Group gap="xs">
          <CustomerLink id={delivery.customer_id} />
          <Badge className="mark" color={DELIVERY_COLOURS[delivery.state]}>
            {words(delivery.state)}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed" mt={4}>
          {words(delivery.kind)} through {words(delivery.channel).toLowerCase()},{" "}
          {cents(delivery.cost_cents ?? delivery.planned_cents, currency)}, due{" "}
          <span title={time(delivery.due_at)}>{fromNow(delivery.due_at)}</span>
        </Text>
        {delivery.reason ? (
          <Text size="sm" mt={4}>
            {delivery.reason}
          </Text>
        ) : null}
        {delivery.reference === null ? null : (
          <Text size="xs" c="dimmed" mt={4}>
            At the other end it is called {delivery.reference}.
          </Text>
        )}
      </div>
      {delivery.state === "unknown" ? <Settle delivery={delivery} /> : null}
      {delivery.state === "failed" ? (
        <Text size="sm" c="dimmed">
          It is not tried again. What of the offer was surely not made has its money free again.
        </Text>
      ) : null}
      <Timeline bulletSize={12} lineWidth={2}>
        {delivery.steps.map((step) => {
          const { state, at, reason } = step as { state?: string; at?: string; reason?: string };
          return (
            <Timeline.Item key={`${at} ${state}`} title={words(String(state ?? "changed"))}>
              <Text size="xs" c="dimmed" title={time(at)}>
                {fromNow(at)}
              </Text>
              {reason ? <Text size="sm">{reason}</Text> : null}
            </Timeline.Item>
          );
        })}
      </Timeline>
    </Stack>
  );
}

/** Say what one found at the other end. */
function Settle({ delivery }: { delivery: Whole }) {
  const may = useMay();
  const [as, setAs] = useState<"sent" | "failed">();
  const act = useAct<{ state: "sent" | "failed"; reason: string }, Whole>(
    (body) =>
      answered(
        service.POST("/api/v1/deliveries/{delivery_id}/settle", {
          params: { path: { delivery_id: delivery.delivery_id } },
          body,
        }),
      ),
    ["/api/v1/deliveries", "/api/v1/campaigns"],
  );
  if (!may("campaigns.run")) {
    return (
      <Text size="sm" c="dimmed">
        An approver or an administrator says what became of it.
      </Text>
    );
  }
  const ask = (state: DeliveryState & ("sent" | "failed")) => {
    act.reset();
    setAs(state);
  };
  return (
    <Stack gap="xs">
      <Text size="sm">
        The answer was lost, so it is not sent again by itself. Look at the other end: was it done?
      </Text>
      <Group gap="xs">
        <Button size="xs" onClick={() => ask("sent")}>
          It was sent
        </Button>
        <Button size="xs" variant="default" onClick={() => ask("failed")}>
          It was not sent
        </Button>
      </Group>
      <Confirm
        opened={as !== undefined}
        onClose={() => setAs(undefined)}
        title={as === "sent" ? "It was sent?" : "It was not sent?"}
        label={as === "sent" ? "Yes, it was sent" : "No, it was not sent"}
        reason={{ label: "Where did you look?", required: true }}
        onConfirm={(reason) => {
          if (as === undefined) return;
          act.mutate(
            { state: as, reason },
            {
              onSuccess: () => {
                setAs(undefined);
                notifications.show({ title: "It is settled", message: `It counts as ${as} from now on.` });
              },
            },
          );
        }}
        pending={act.isPending}
        error={act.error}
      >
        <Text size="sm">
          {as === "sent"
            ? "It counts as sent, and its money as spent."
            : "It counts as failed, and its money is free where nothing of the offer was made."}{" "}
          This cannot be changed later.
        </Text>
      </Confirm>
    </Stack>
  );
}
