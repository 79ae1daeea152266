import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered, Refused, type Schemas } from "@/api/client";
import { count, money } from "@/lib/format";
import { service, useAct } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Confirm } from "@/ui/Confirm";
import type { Checked } from "./checking";
import type { Draft } from "./draft";
import type { Tried } from "./Trial";

export const TOUCHED = ["/api/v1/rules"];

interface Props {
  draft: Draft;
  checked: Checked | undefined;
  current: boolean;
  tried: Tried | undefined;
  /** Whether there is a run to try it on. */
  triable: boolean;
  onDone: () => void;
}

/** Why it cannot be put in force yet, in the order in which one mends it; empty: it can. */
export function hindrances(
  draft: Draft,
  checked: Checked | undefined,
  current: boolean,
  tried: Tried | undefined,
  triable: boolean,
): string[] {
  if (checked === undefined || !current) return ["It is being checked."];
  const found: string[] = [];
  const errors = checked.mistakes.filter((mistake) => mistake.level === "error").length;
  if (errors > 0)
    found.push(errors === 1 ? "One error is to be mended." : `${errors} errors are to be mended.`);
  if (checked.differences?.length === 0) found.push("It says the same as the rules in force.");
  if (draft.examples.length === 0) found.push("It needs an example of what must come out.");
  const failing = checked.examples.filter((example) => !example.holds).length;
  if (failing > 0)
    found.push(failing === 1 ? "One example does not come out." : `${failing} examples do not come out.`);
  if (triable && errors === 0 && tried?.of !== JSON.stringify(draft.document))
    found.push("Try it on a run first.");
  return found;
}

function by(change: number, currency: string): string {
  return change === 0 ? "no change" : `${change > 0 ? "+" : ""}${money(change, currency)}`;
}

/** Puts a draft in force, or keeps it for others to look at. */
export function PutInForce({ draft, checked, current, tried, triable, onDone }: Props) {
  const may = useMay();
  const [state, setState] = useState<"live" | "draft">();
  const act = useAct<{ state: "live" | "draft"; reason: string }, Schemas["RuleVersion"]>(
    ({ state: as, reason }) =>
      answered(
        service.POST("/api/v1/rules", {
          params: { header: { "If-Match": `"${draft.replaces}"` } },
          body: { document: draft.document, examples: draft.examples, state: as, reason },
        }),
      ),
    TOUCHED,
  );
  const waits = hindrances(draft, checked, current, tried, triable);
  if (!may("rules.change")) {
    return (
      <Text size="sm" c="dimmed">
        You can try changes here. An administrator puts rules in force.
      </Text>
    );
  }
  const sound = checked?.sound === true && current && waits.every((one) => one.startsWith("Try it"));
  const ask = (as: "live" | "draft") => {
    act.reset();
    setState(as);
  };
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Button onClick={() => ask("live")} disabled={waits.length > 0}>
          Put in force
        </Button>
        <Button variant="default" onClick={() => ask("draft")} disabled={!sound}>
          Keep as a draft
        </Button>
      </Group>
      {waits.length === 0 ? null : (
        <Text size="xs" c="dimmed" role="status">
          {waits.join(" ")}
        </Text>
      )}
      <Confirm
        opened={state !== undefined}
        onClose={() => setState(undefined)}
        title={state === "draft" ? "Keep it as a draft?" : "Put these rules in force?"}
        label={state === "draft" ? "Keep as a draft" : "Put in force"}
        reason={{ label: "Why?", required: true, placeholder: "Sales calls them first" }}
        size="lg"
        onConfirm={(reason) => {
          if (state === undefined) return;
          act.mutate(
            { state, reason },
            {
              onSuccess: (made) => {
                setState(undefined);
                notifications.show(
                  made.state === "draft"
                    ? { title: `Kept as draft ${made.number}`, message: "Others can look at it and try it." }
                    : {
                        title: `Version ${made.number} is in force`,
                        message: `For runs as of ${made.since} and later.`,
                      },
                );
                onDone();
              },
            },
          );
        }}
        pending={act.isPending}
        error={act.error}
      >
        <Text size="sm">
          {state === "draft"
            ? "It decides nothing. It is kept with a number, so that others can compare, try and accept it."
            : "From today's run on these rules decide. Decisions made before stay as they are, and earlier versions can be put in force again."}
        </Text>
        <List size="sm" spacing={2}>
          {(checked?.differences ?? []).map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
        {state === "live" && tried !== undefined ? (
          <Text size="sm">
            On the run that was tried {count(tried.trial.moved)} customers get a different action. Expected
            net: {by(tried.trial.expected_net, tried.trial.currency)}. Cost:{" "}
            {by(tried.trial.cost, tried.trial.currency)}.
          </Text>
        ) : null}
        {act.error instanceof Refused && act.error.status === 412 ? (
          <Alert color="yellow" title="Other rules were put in force meanwhile">
            <Text size="sm">Your draft is kept. Close this, compare it with them, then change those.</Text>
          </Alert>
        ) : null}
      </Confirm>
    </Stack>
  );
}
