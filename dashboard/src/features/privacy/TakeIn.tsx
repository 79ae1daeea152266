import { Alert, Button, Group, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered, type Schemas } from "@/api/client";
import { service, useAct } from "@/lib/service";
import { Modal } from "@/ui/Dialog";
import { Failure } from "@/ui/states";
import { KIND_NAMES, KINDS, type Kind, type Request } from "./words";

interface Props {
  kind: Kind;
  customer: string;
  onKind: (kind: Kind) => void;
  onClose: () => void;
  onTaken: (request: Request) => void;
}

/** Takes a request in. Before an erasure the customer's id is typed a second time. */
export function TakeIn({ kind, customer, onKind, onClose, onTaken }: Props) {
  const today = new Date().toISOString().slice(0, 10);
  const [id, setId] = useState(customer);
  const [decision, setDecision] = useState("");
  const [received, setReceived] = useState(today);
  const [says, setSays] = useState("");
  const [again, setAgain] = useState("");
  const take = useAct(
    (body: Schemas["Asked"]) => answered(service.POST("/api/v1/privacy/requests", { body })),
    ["/api/v1/privacy", "/api/v1/audit", "/api/v1/customers", "/api/v1/reviews"],
  );
  const erases = kind === "erasure";
  const ofDecision = kind === "explanation" || kind === "review";
  const who = id.trim();
  const ready = who !== "" && received !== "" && received <= today && (!erases || again.trim() === who);

  function send() {
    if (!ready || take.isPending) return;
    take.mutate(
      {
        kind,
        customer_id: who,
        reason: says.trim(),
        ...(ofDecision && decision.trim() !== "" && { decision_id: decision.trim() }),
        ...(received !== today && { received_at: `${received}T00:00:00Z` }),
      },
      {
        onSuccess: (made) => {
          notifications.show({
            color: "teal",
            title: made.state === "done" ? "Done" : "Request saved",
            message: `${KINDS[kind].short} of ${made.customer_id}: ${made.request_id}.`,
          });
          onTaken(made);
        },
      },
    );
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title="New request"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Stack gap="md">
          <Radio.Group
            label="Type of request"
            value={kind}
            onChange={(value) => {
              setAgain("");
              onKind(value as Kind);
            }}
          >
            <Stack gap={6} mt={6}>
              {KIND_NAMES.map((name) => (
                <Radio
                  key={name}
                  value={name}
                  label={KINDS[name].asks}
                  description={`${KINDS[name].short}, ${KINDS[name].article}`}
                />
              ))}
            </Stack>
          </Radio.Group>
          <Group grow align="flex-start">
            <TextInput
              label="Customer"
              description="Their ID. Verify their identity first."
              required
              data-autofocus
              maxLength={200}
              value={id}
              onChange={(event) => setId(event.currentTarget.value)}
            />
            <TextInput
              type="date"
              label="Received (UTC)"
              description="The month runs from this day."
              required
              max={today}
              value={received}
              onChange={(event) => setReceived(event.currentTarget.value)}
            />
          </Group>
          {ofDecision ? (
            <TextInput
              label="Decision"
              description="Its id; without one the newest decision on the customer."
              maxLength={64}
              value={decision}
              onChange={(event) => setDecision(event.currentTarget.value)}
            />
          ) : null}
          <Textarea
            label="Message"
            description="Optional. Include how it came, such as by letter."
            autosize
            minRows={2}
            maxLength={2000}
            value={says}
            onChange={(event) => setSays(event.currentTarget.value)}
          />
          {erases ? (
            <Alert color="red" variant="light" title="This cannot be undone">
              <Stack gap="xs">
                <Text size="sm">
                  Contact, events, tickets, attributes, receipts and reviews of the customer are deleted;
                  payments and past offers stay under random names, so that sums stay right. Preview what
                  would be deleted: <code>retinue privacy erase {who || "ID"} --dry-run</code>. Delete them in
                  the systems that you load from, too.
                </Text>
                <TextInput
                  label="Type the customer ID again to erase them"
                  value={again}
                  onChange={(event) => setAgain(event.currentTarget.value)}
                  autoComplete="off"
                />
              </Stack>
            </Alert>
          ) : (
            <Text size="sm" c="dimmed">
              {KINDS[kind].next}
            </Text>
          )}
          {take.isError ? <Failure title="The request was not saved" error={take.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              disabled={!ready}
              loading={take.isPending}
              {...(erases && { color: "red" })}
            >
              {erases ? `Erase ${who || "the customer"}` : "Save request"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
