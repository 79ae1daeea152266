import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Refused } from "@/api/client";
import { Modal } from "./Dialog";

interface Props {
  opened: boolean;
  onClose: () => void;
  /** A question or what is about to be done. */
  title: string;
  /** What it does, and what cannot be taken back. */
  children?: ReactNode;
  /** The word on the button that does it. */
  label: string;
  color?: string;
  /** Whether a reason is asked for, and the words that ask for it. */
  reason?: { label: string; required: boolean; placeholder?: string };
  onConfirm: (reason: string) => void;
  pending?: boolean;
  /** Why the service refused; the dialog stays open with it. */
  error?: Error | null;
  size?: string;
}

/** Asks before something is done, and for a reason where one is kept. */
export function Confirm(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} size={props.size ?? "md"}>
      {props.opened ? <Form {...props} /> : null}
    </Modal>
  );
}

function Form({ onClose, children, label, color, reason, onConfirm, pending = false, error }: Props) {
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    if (pending) return;
    if (reason?.required === true && text.trim() === "") setMissing(true);
    else onConfirm(text.trim());
  };
  return (
    <form onSubmit={confirm} noValidate>
      <Stack gap="sm">
        {children}
        {reason === undefined ? null : (
          <Textarea
            label={reason.label}
            placeholder={reason.placeholder}
            withAsterisk={reason.required}
            description="It is kept on record with your name."
            value={text}
            maxLength={2000}
            autosize
            minRows={2}
            maxRows={6}
            data-autofocus
            error={missing && text.trim() === "" ? "Say why." : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {error ? (
          <Alert color="red" role="alert" title={error.message}>
            {error instanceof Refused && error.fix ? <Text size="sm">{error.fix}</Text> : null}
          </Alert>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            {...(color === undefined ? {} : { color: color === "red" ? "red.9" : color })}
            loading={pending}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
