import { Button, Group, List, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { cents, count, words } from "@/lib/format";
import { Modal } from "@/ui/Dialog";
import { Asking, Reasons } from "./dialogs";
import type { Case } from "./facts";
import { type Bulk, type Results, refused, useBulk } from "./queue";
import type { Code } from "./rejections";

interface Props {
  cases: readonly Case[];
  ticked: ReadonlySet<string>;
  currency: string;
  onTickAll: () => void;
  onClear: () => void;
  onDone: (results: Results) => void;
}

/** One answer for all that are chosen, and what became of each. */
export function BulkBar({ cases, ticked, currency, onTickAll, onClear, onDone }: Props) {
  const [asking, setAsking] = useState<"approve" | "reject" | undefined>();
  const [results, setResults] = useState<
    { given: Results; names: ReadonlyMap<string, string> } | undefined
  >();
  const bulk = useBulk();
  const chosen = cases.filter((one) => ticked.has(one.decision_id));
  const give = (given: Pick<Bulk, "answer" | "code" | "reason">) =>
    bulk.mutate(
      { ...given, decisions: chosen.map((one) => one.decision_id) },
      {
        onSuccess: (done) => {
          setAsking(undefined);
          setResults({
            given: done,
            names: new Map(chosen.map((one) => [one.decision_id, one.customer_id])),
          });
          onDone(done);
        },
        onError: (error) => {
          setAsking(undefined);
          refused("Nothing was answered", error);
        },
      },
    );
  return (
    <>
      {chosen.length === 0 ? null : (
        <Group
          gap="xs"
          px="sm"
          py="xs"
          role="toolbar"
          aria-label="Answer the chosen cases"
          style={{ borderBottom: "1px solid var(--retinue-line)", background: "var(--retinue-hover)" }}
        >
          <Text size="xs" fw={600} style={{ flex: 1 }}>
            {count(chosen.length)} selected · {cents(sum(chosen, "cents"), currency)}
          </Text>
          <Button size="compact-xs" onClick={() => setAsking("approve")}>
            Approve
          </Button>
          <Button size="compact-xs" color="red" variant="light" onClick={() => setAsking("reject")}>
            Reject
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={onTickAll}>
            Select all
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={onClear}>
            Clear
          </Button>
        </Group>
      )}
      <Modal
        opened={asking !== undefined}
        onClose={() => setAsking(undefined)}
        title={`${asking === "reject" ? "Reject" : "Approve"} ${count(chosen.length)} ${
          chosen.length === 1 ? "offer" : "offers"
        }?`}
        transitionProps={{ duration: 0 }}
      >
        {asking === undefined ? null : (
          <BulkForm
            answer={asking}
            cases={chosen}
            currency={currency}
            pending={bulk.isPending}
            onClose={() => setAsking(undefined)}
            onGive={give}
          />
        )}
      </Modal>
      <Modal
        opened={results !== undefined}
        onClose={() => setResults(undefined)}
        title="Results"
        transitionProps={{ duration: 0 }}
      >
        {results === undefined ? null : <BulkResults {...results} onClose={() => setResults(undefined)} />}
      </Modal>
    </>
  );
}

function sum(cases: readonly Case[], name: "cents" | "expected_cents"): number {
  return cases.reduce((all, one) => all + one[name], 0);
}

interface FormProps {
  answer: "approve" | "reject";
  cases: readonly Case[];
  currency: string;
  pending: boolean;
  onClose: () => void;
  onGive: (given: Pick<Bulk, "answer" | "code" | "reason">) => void;
}

function BulkForm({ answer, cases, currency, pending, onClose, onGive }: FormProps) {
  const [code, setCode] = useState<Code | undefined>();
  const [reason, setReason] = useState("");
  const rejects = answer === "reject";
  const spoken = reason.trim();
  return (
    <Asking
      label={rejects ? "Reject them" : "Approve them"}
      {...(rejects ? { colour: "red" } : {})}
      pending={pending}
      focus={!rejects}
      may={!pending && (!rejects || (code !== undefined && (code !== "other" || spoken !== "")))}
      onClose={onClose}
      onSubmit={() => onGive({ answer, reason: spoken, ...(rejects && code !== undefined ? { code } : {}) })}
    >
      {rejects ? (
        <Reasons code={code} onChange={setCode} />
      ) : (
        <Text size="sm">
          They cost {cents(sum(cases, "cents"), currency)} together and are expected to earn{" "}
          {cents(sum(cases, "expected_cents"), currency)} beyond that. Each is answered by itself: one that is
          refused stops no other.
        </Text>
      )}
      <Textarea
        label={code === "other" ? "The reason" : "Note (optional)"}
        required={code === "other"}
        autosize
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Asking>
  );
}

function BulkResults({
  given,
  names,
  onClose,
}: {
  given: Results;
  names: ReadonlyMap<string, string>;
  onClose: () => void;
}) {
  const all = Object.entries(given);
  const not = all.filter(([, one]) => one.refused !== undefined);
  const states = new Map<string, number>();
  for (const [, one] of all) {
    if (one.state !== undefined) states.set(one.state, (states.get(one.state) ?? 0) + 1);
  }
  return (
    <Stack gap="sm">
      {[...states].map(([state, many]) => (
        <Text size="sm" key={state}>
          {count(many)} {state === "waiting" ? "need a second approval" : words(state).toLowerCase()}
        </Text>
      ))}
      {not.length === 0 ? null : (
        <div>
          <Text size="sm" fw={600}>
            {count(not.length)} refused
          </Text>
          <List size="sm" mah={280} style={{ overflowY: "auto" }}>
            {not.map(([decision, one]) => (
              <List.Item key={decision}>
                <strong>{names.get(decision) ?? decision}</strong>: {one.refused}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
