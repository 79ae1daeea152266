import { Button, Group, Stack, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered } from "@/api/client";
import { service, useAct } from "@/lib/service";
import { Failure } from "@/ui/states";

/** Closes a request without an answer; the reason is what the customer was told. */
export function Refuse({ requestId }: { requestId: string }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const refuse = useAct(
    (words: string) =>
      answered(
        service.POST("/api/v1/privacy/requests/{request_id}/refuse", {
          params: { path: { request_id: requestId } },
          body: { reason: words },
        }),
      ),
    ["/api/v1/privacy", "/api/v1/audit", "/api/v1/reviews"],
  );
  if (!open) {
    return (
      <Button variant="default" size="xs" w="fit-content" onClick={() => setOpen(true)}>
        Refuse…
      </Button>
    );
  }
  const words = reason.trim();
  return (
    <form
      style={{ width: "100%" }}
      onSubmit={(event) => {
        event.preventDefault();
        if (words === "" || refuse.isPending) return;
        refuse.mutate(words, {
          onSuccess: () => {
            notifications.show({ title: "Refused", message: `${requestId} is closed without an answer.` });
            setOpen(false);
          },
        });
      }}
    >
      <Stack gap="xs">
        <Textarea
          label="Reason"
          description="As the customer was told, such as: the identity was not proven. They may complain to the authority."
          required
          autosize
          minRows={2}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {refuse.isError ? <Failure title="The request was not refused" error={refuse.error} /> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="xs" onClick={() => setOpen(false)}>
            Cancel
          </Button>
          <Button type="submit" size="xs" color="red" disabled={words === ""} loading={refuse.isPending}>
            Refuse the request
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
