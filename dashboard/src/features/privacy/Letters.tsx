import { Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { Panel } from "@/ui/Panel";
import { letterOf } from "./files";
import { Take } from "./Take";

/** Letters without a request: how a decision came about, told to the customer. */
export function Letters() {
  const [subject, setSubject] = useState("");
  const about = subject.trim();
  const fits = /^[A-Za-z0-9_-]{1,64}$/.test(about);
  return (
    <Panel
      title="Write a letter"
      lead="Explains one decision to the customer: what weighed most, what would have changed it, and their rights. Downloads are logged."
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Decision or customer"
          description="Of a customer, their newest decision."
          placeholder="dec_… or C00042"
          w={280}
          maxLength={64}
          value={subject}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
        <Take
          label="HTML"
          name={`letter-${about}.html`}
          get={() => letterOf(about, "html")}
          disabled={!fits}
          size="sm"
        />
        <Take
          label="PDF"
          name={`letter-${about}.pdf`}
          get={() => letterOf(about, "pdf")}
          disabled={!fits}
          size="sm"
        />
      </Group>
    </Panel>
  );
}
