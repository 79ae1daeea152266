import { Button, List, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { answered, type Schemas } from "@/api/client";
import { fromNow, time } from "@/lib/format";
import { service, useAct, useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Confirm } from "@/ui/Confirm";

const TOUCHED = ["/api/v1/stops", "/api/v1/analytics", "/api/v1/campaigns"];

/** Stops everything at once, in every process; or lets it go on. */
export function StopAll() {
  const may = useMay();
  const found = useAsk("/api/v1/stops", undefined, { enabled: may("campaigns.read") });
  const [opened, { open, close }] = useDisclosure(false);
  const act = useAct<string, Schemas["Switch"]>(
    (reason) =>
      answered(
        found.data?.stopped
          ? service.POST("/api/v1/resume", { body: { reason } })
          : service.POST("/api/v1/stop", { body: { reason } }),
      ),
    TOUCHED,
  );
  if (found.data === undefined) return null;
  const stopped = found.data.stopped;
  if (!may(stopped ? "stop.lift" : "stop.use")) return null;
  const last = found.data.switches[0];
  const confirm = (reason: string) =>
    act.mutate(reason, {
      onSuccess: () => {
        close();
        notifications.show(
          stopped
            ? { title: "Resumed", message: "Offers are decided and sent again." }
            : {
                color: "red",
                title: "Everything is stopped",
                message: "Nothing is offered, recorded or sent.",
              },
        );
      },
    });
  return (
    <>
      <Button
        variant={stopped ? "filled" : "default"}
        {...(stopped ? {} : { c: "var(--retinue-bad)" })}
        leftSection={
          stopped ? <IconPlayerPlay size={16} aria-hidden /> : <IconHandStop size={16} aria-hidden />
        }
        onClick={() => {
          act.reset();
          open();
        }}
      >
        {stopped ? "Resume everything" : "Stop everything"}
      </Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={stopped ? "Resume everything?" : "Stop everything?"}
        label={stopped ? "Resume everything" : "Stop everything now"}
        {...(stopped ? {} : { color: "red" })}
        reason={{ label: stopped ? "Why is it resumed?" : "Why is it stopped?", required: true }}
        onConfirm={confirm}
        pending={act.isPending}
        error={act.error}
      >
        {stopped ? (
          <Text size="sm">
            {last === undefined ? null : (
              <>
                {last.who} stopped it <span title={time(last.at)}>{fromNow(last.at)}</span>
                {last.reason ? `: “${last.reason}”. ` : ". "}
              </>
            )}
            Offers are decided again, and what waits in the outbox is sent.
          </Text>
        ) : (
          <List size="sm" spacing={4}>
            <List.Item>No offer is decided and nothing is sent, in every campaign and process.</List.Item>
            <List.Item>What waits in the outbox stays there; runs still score and report.</List.Item>
            <List.Item>What was handed to a channel already cannot be called back.</List.Item>
          </List>
        )}
      </Confirm>
    </>
  );
}
