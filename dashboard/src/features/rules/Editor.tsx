import { Alert, Badge, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { count } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { Confirm } from "@/ui/Confirm";
import { Panel } from "@/ui/Panel";
import { Asked, Failure } from "@/ui/states";
import { useChecked } from "./checking";
import { type Draft, isChanged } from "./draft";
import { Examples } from "./Examples";
import { Grid } from "./Grid";
import { Leaving } from "./leaving";
import { PutInForce } from "./PutInForce";
import { TrialPanel, type Tried } from "./Trial";

interface Props {
  draft: Draft;
  live: Schemas["Rules"];
  onChange: (draft: Draft) => void;
  /** The draft is done with: thrown away, or in force. */
  onEnd: () => void;
}

/** Changes rules: the tables, the examples, a dry run on history, and putting them in force. */
export function Editor({ draft, live, onChange, onEnd }: Props) {
  const facts = useAsk("/api/v1/rules/facts", undefined, { staleTime: Number.POSITIVE_INFINITY });
  const runs = useAsk("/api/v1/runs", { query: { limit: 24 } });
  const { checked, current, error } = useChecked(draft);
  const [tried, setTried] = useState<Tried>();
  const [run, setRun] = useState("");
  const [asking, { open, close }] = useDisclosure(false);
  const changed = isChanged(draft);
  const errors = checked?.mistakes.filter((mistake) => mistake.level === "error") ?? [];
  const notes = checked?.mistakes.filter((mistake) => mistake.level === "note") ?? [];
  return (
    <Stack gap="lg">
      <Leaving when={changed} />
      {live.sha256 === draft.replaces ? null : (
        <Alert color="yellow" title="Other rules are in force since you began">
          <Text size="sm" mb="xs">
            {live.title.charAt(0).toUpperCase() + live.title.slice(1)} decide now. Compare what you changed
            with them below; if you go on, your draft replaces those.
          </Text>
          <Button size="xs" variant="default" onClick={() => onChange({ ...draft, replaces: live.sha256 })}>
            Continue with my draft
          </Button>
        </Alert>
      )}
      <Panel
        title="Your change"
        lead={
          <span role="status">
            {changed ? "Started" : "Nothing changed yet. Started"} from {draft.title}.{" "}
            {errors.length > 0
              ? `${count(errors.length)} ${errors.length === 1 ? "error" : "errors"}.`
              : checked === undefined
                ? "Checking…"
                : "No errors."}
          </span>
        }
        actions={
          <Button variant="default" size="xs" c="var(--retinue-bad)" onClick={changed ? open : onEnd}>
            {changed ? "Discard" : "Close"}
          </Button>
        }
      >
        <Stack gap="sm">
          {error === null ? null : <Failure error={error} />}
          {errors.length === 0 ? null : (
            <List size="sm" spacing={2}>
              {errors.map((mistake) => (
                <List.Item key={`${mistake.where} ${mistake.what}`}>
                  <Badge className="mark" color="red" mr={6}>
                    Error
                  </Badge>
                  {mistake.where}: {mistake.what}
                  {mistake.fix ? (
                    <Text span size="sm" c="dimmed">
                      {" "}
                      ({mistake.fix})
                    </Text>
                  ) : null}
                </List.Item>
              ))}
            </List>
          )}
          <Said lines={checked?.differences} changed={changed} />
          {notes.length === 0 ? null : (
            <details>
              <summary>
                <Text span size="sm">
                  {notes.length === 1 ? "One thing" : `${count(notes.length)} things`} to know
                </Text>
              </summary>
              <List size="sm" spacing={2} mt={4}>
                {notes.map((mistake) => (
                  <List.Item key={`${mistake.where} ${mistake.what}`}>
                    {mistake.where}: {mistake.what}
                  </List.Item>
                ))}
              </List>
            </details>
          )}
          <PutInForce
            draft={draft}
            checked={checked}
            current={current}
            tried={tried}
            triable={(runs.data?.runs.length ?? 0) > 0}
            onDone={onEnd}
          />
        </Stack>
      </Panel>
      <Asked query={facts}>
        {(known) => (
          <Grid
            document={draft.document}
            facts={known}
            mistakes={checked?.mistakes ?? []}
            onChange={(document) => onChange({ ...draft, document })}
          />
        )}
      </Asked>
      <HowToWrite />
      <Examples
        examples={draft.examples}
        checked={current ? checked : undefined}
        onChange={(examples) => onChange({ ...draft, examples })}
      />
      <TrialPanel
        document={draft.document}
        sound={checked?.sound === true && current}
        tried={tried}
        onTried={setTried}
        run={run}
        onRun={setRun}
      />
      <Confirm
        opened={asking}
        onClose={close}
        title="Discard this change?"
        label="Discard"
        color="red"
        onConfirm={() => {
          close();
          onEnd();
        }}
      >
        <Text size="sm">What you changed since you began is lost. The rules in force stay as they are.</Text>
      </Confirm>
    </Stack>
  );
}

function Said({ lines, changed }: { lines: string[] | null | undefined; changed: boolean }) {
  if (lines === undefined || lines === null) return null;
  if (lines.length === 0) {
    return changed ? (
      <Text size="sm" c="dimmed">
        Same as the rules in force.
      </Text>
    ) : null;
  }
  return (
    <div>
      <Text size="sm" fw={600}>
        Compared with the rules in force
      </Text>
      <List size="sm" spacing={2}>
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </div>
  );
}

const WAYS: readonly [string, string][] = [
  ["(empty)", "anything"],
  ["> 5000, <= 0.6, != 3", "numbers compared"],
  ["[1..3], (0.4..0.6]", "from 1 to 3; more than 0.4, up to 0.6"],
  ["> 100 and < 200", "both"],
  ["< 100 or > 900", "either"],
  ['"Premium"', "this text"],
  ['in ["DE", "AT"]', "one of these texts"],
  ['not in ["DE", "AT"]', "none of these; also what is unknown"],
  ["true, false", "yes, no"],
  ["null, != null", "unknown, known"],
];

function HowToWrite() {
  return (
    <details>
      <summary>
        <Text span size="sm">
          How conditions are written
        </Text>
      </summary>
      <Group gap="xl" mt="xs">
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Condition</th>
              <th scope="col">Holds for</th>
            </tr>
          </thead>
          <tbody>
            {WAYS.map(([text, means]) => (
              <tr key={text}>
                <td>
                  <Code>{text}</Code>
                </td>
                <td>{means}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Group>
    </details>
  );
}
