import { Autocomplete, Button, Group, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { cents, fromNow, offerInWords, time } from "@/lib/format";
import { Modal } from "@/ui/Dialog";
import { laters } from "./due";
import { factsOf, type WholeCase } from "./facts";
import type { Answering } from "./queue";
import { type Code, REJECTIONS } from "./rejections";

export type Dialog = "approve" | "reject" | "change" | "snooze" | "assign";

interface Props {
  dialog: Dialog | undefined;
  whole: WholeCase | undefined;
  currency: string;
  subject: string | null;
  people: readonly string[];
  onClose: () => void;
  onAnswer: (given: Answering) => void;
}

/** Asks for what an answer needs, before it is given. */
export function Dialogs({ dialog, whole, ...rest }: Props) {
  const { onClose } = rest;
  const opened = dialog !== undefined && whole !== undefined;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={opened ? titleOf(dialog, whole) : ""}
      size="md"
      transitionProps={{ duration: 0 }}
    >
      {opened ? (
        <Form dialog={dialog} whole={whole} key={`${dialog} ${whole.decision_id}`} {...rest} />
      ) : null}
    </Modal>
  );
}

function titleOf(dialog: Dialog, whole: WholeCase): string {
  const who = whole.customer_id;
  if (whole.contest && dialog === "approve") return `Uphold the decision on ${who}?`;
  if (whole.contest && dialog === "reject") return `Overturn the decision on ${who}?`;
  return {
    approve: `Approve the offer to ${who}?`,
    reject: `Reject the offer to ${who}?`,
    change: `Change the offer to ${who}`,
    snooze: `Snooze ${who}`,
    assign: `Assign ${who}`,
  }[dialog];
}

type FormProps = Omit<Props, "dialog" | "whole"> & { dialog: Dialog; whole: WholeCase };

function Form({ dialog, ...props }: FormProps) {
  switch (dialog) {
    case "approve":
      return <Approve {...props} />;
    case "reject":
      return <Reject {...props} />;
    case "change":
      return <ChangeOffer {...props} />;
    case "snooze":
      return <Snooze {...props} />;
    case "assign":
      return <Assign {...props} />;
  }
}

type Inner = Omit<FormProps, "dialog">;

function Approve({ whole, currency, onAnswer, onClose }: Inner) {
  const [reason, setReason] = useState("");
  const needed = whole.contest;
  return (
    <Asking
      label={whole.contest ? "Uphold" : "Approve"}
      onClose={onClose}
      may={!needed || reason.trim() !== ""}
      onSubmit={() => onAnswer({ act: "approve", one: whole, reason: reason.trim() })}
      focus={!needed}
    >
      {whole.contest ? (
        <Text size="sm">Your words go to the customer and close the request.</Text>
      ) : (
        <Text size="sm">
          <strong>{offerInWords(whole.offer, currency)}</strong> for {cents(whole.cents, currency)}, expected
          to earn {cents(whole.expected_cents, currency)} beyond that. It goes out with the campaign and
          cannot be taken back here.
        </Text>
      )}
      <Textarea
        label={needed ? "Words for the customer" : "Note (optional)"}
        required={needed}
        {...(needed ? { "data-autofocus": true } : {})}
        autosize
        minRows={needed ? 3 : 1}
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Asking>
  );
}

function Reject({ whole, onAnswer, onClose }: Inner) {
  const [code, setCode] = useState<Code | undefined>(whole.contest ? "other" : undefined);
  const [reason, setReason] = useState("");
  const words = reason.trim();
  return (
    <Asking
      label={whole.contest ? "Overturn" : "Reject"}
      colour="red"
      onClose={onClose}
      may={code !== undefined && (code !== "other" || words !== "")}
      onSubmit={() => {
        if (code !== undefined) onAnswer({ act: "reject", one: whole, code, reason: words });
      }}
    >
      {whole.contest ? (
        <Text size="sm">
          What has not begun of the decision is cancelled. Your words go to the customer and close the
          request.
        </Text>
      ) : (
        <Reasons code={code} onChange={setCode} />
      )}
      <Textarea
        label={
          whole.contest ? "Words for the customer" : code === "other" ? "The reason" : "Details (optional)"
        }
        required={code === "other"}
        {...(whole.contest ? { "data-autofocus": true } : {})}
        autosize
        minRows={2}
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Asking>
  );
}

/** The reasons for a rejection; the next runs read them. */
export function Reasons({ code, onChange }: { code: Code | undefined; onChange: (code: Code) => void }) {
  return (
    <Radio.Group
      label="Reason"
      description="Later runs read it, and propose no offer for some time."
      required
      value={code ?? null}
      onChange={(value) => onChange(value as Code)}
    >
      <Stack gap={6} mt="xs">
        {REJECTIONS.map((one, place) => (
          <Radio
            key={one.code}
            value={one.code}
            label={one.words}
            {...(place === 0 ? { "data-autofocus": true } : {})}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function ChangeOffer({ whole, currency, onAnswer, onClose }: Inner) {
  const [offer, setOffer] = useState<string | undefined>();
  const [reason, setReason] = useState("");
  const options = factsOf(whole.case)
    .options.filter((one) => one.id !== whole.offer.id)
    .sort((left, right) => right.expected_cents - left.expected_cents);
  const first = options.findIndex((one) => one.excluded === null);
  return (
    <Asking
      label="Propose this instead"
      onClose={onClose}
      may={offer !== undefined}
      onSubmit={() => {
        const found = options.find((one) => one.id === offer);
        if (found === undefined) return;
        onAnswer({
          act: "change",
          one: whole,
          offer: found.id,
          expected: found.expected_cents,
          reason: reason.trim(),
        });
      }}
    >
      {options.length === 0 ? (
        <Text size="sm">
          No other offer was weighed for this customer. Approve the one proposed, or reject it.
        </Text>
      ) : (
        <Radio.Group
          label="Offers that were weighed"
          description="The case then still needs an approval."
          value={offer ?? null}
          onChange={setOffer}
        >
          <Stack gap="xs" mt="xs">
            {options.map((one, place) => (
              <Radio
                key={one.id}
                value={one.id}
                disabled={one.excluded !== null}
                label={offerInWords(one, currency)}
                description={
                  one.excluded === null
                    ? `costs ${cents(one.cents, currency)}, expected to earn ${cents(one.expected_cents, currency)}`
                    : `Not possible: ${one.excluded}`
                }
                {...(place === first ? { "data-autofocus": true } : {})}
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <Textarea
        label="Note (optional)"
        autosize
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Asking>
  );
}

function Snooze({ whole, onAnswer, onClose }: Inner) {
  const [own, setOwn] = useState("");
  const until = own === "" ? undefined : new Date(`${own}:00Z`);
  const valid =
    until !== undefined &&
    until.getTime() > Date.now() &&
    until.getTime() < new Date(whole.expires_at).getTime();
  return (
    <Asking
      label="Snooze"
      onClose={onClose}
      may={valid}
      onSubmit={() => {
        if (until !== undefined) onAnswer({ act: "snooze", one: whole, until });
      }}
    >
      <Text size="sm">
        Out of sight until then. It expires {fromNow(whole.expires_at)} ({time(whole.expires_at)}).
      </Text>
      <Group gap="xs">
        {laters(whole.expires_at).map((later, place) => (
          <Button
            key={later.label}
            size="xs"
            variant="default"
            title={time(later.until.toISOString())}
            {...(place === 0 ? { "data-autofocus": true } : {})}
            onClick={() => onAnswer({ act: "snooze", one: whole, until: later.until })}
          >
            {later.label}
          </Button>
        ))}
      </Group>
      <TextInput
        type="datetime-local"
        label="Or until (UTC)"
        value={own}
        min={new Date().toISOString().slice(0, 16)}
        max={whole.expires_at.slice(0, 16)}
        error={own !== "" && !valid ? "Choose a time in the future, before the case expires." : undefined}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
    </Asking>
  );
}

function Assign({ whole, subject, people, onAnswer, onClose }: Inner) {
  const [to, setTo] = useState(whole.assigned_to === subject ? "" : (subject ?? ""));
  return (
    <Asking
      label="Assign"
      onClose={onClose}
      may={to.trim() !== ""}
      onSubmit={() => onAnswer({ act: "assign", one: whole, to: to.trim() })}
    >
      <Autocomplete
        label="Assign to"
        description={
          whole.assigned_to === null
            ? "Unassigned. Choose somebody who may approve its cost."
            : `Assigned to ${whole.assigned_to}. Choose somebody who may approve its cost.`
        }
        data-autofocus
        data={[...people]}
        value={to}
        onChange={setTo}
        maxLength={200}
      />
    </Asking>
  );
}

interface AskingProps {
  label: string;
  colour?: string;
  may: boolean;
  /** The button has the focus, so that Enter is enough. */
  focus?: boolean;
  pending?: boolean;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}

/** A short form with its two buttons. */
export function Asking({ label, colour, may, focus, pending, onClose, onSubmit, children }: AskingProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (may) onSubmit();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={!may}
            loading={pending ?? false}
            {...(colour === undefined ? {} : { color: colour })}
            {...(focus ? { "data-autofocus": true } : {})}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
