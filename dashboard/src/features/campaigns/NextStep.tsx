import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { Refused, type Schemas } from "@/api/client";
import { cents, count } from "@/lib/format";
import { useMay } from "@/lib/session";
import { Confirm } from "@/ui/Confirm";
import { type Act, actsOf, nextOf, progressOf, whoDoes, wordsOf } from "./life";
import { type Step, useStep } from "./steps";

type Campaign = Schemas["Campaign"];

interface Props {
  campaign: Campaign;
  /** Whether the dry run of this plan was looked at. */
  seen: boolean;
  currency: string;
  onLook: () => void;
}

const LABELS: Record<Act, string> = {
  plan: "Plan",
  look: "See the dry run",
  approve: "Approve this plan",
  start: "Start",
  pause: "Pause",
  resume: "Resume",
  stop: "Stop permanently",
};

const DONE: Record<Step["act"], { title: string; message: string }> = {
  plan: { title: "Planned", message: "Nothing was sent. Look at the dry run next." },
  approve: { title: "Plan approved", message: "Nothing was sent yet. Starting sends it." },
  start: { title: "Started", message: "What is due goes out by a worker." },
  pause: { title: "Paused", message: "No further delivery begins." },
  resume: { title: "Resumed", message: "What is due goes out." },
  stop: { title: "Stopped", message: "What had not begun is cancelled; its budget is released." },
};

/** What the state means, the one act that leads on, and the others that are allowed. */
export function NextStep({ campaign, seen, currency, onLook }: Props) {
  const may = useMay();
  const step = useStep();
  // What is asked about is what was shown when the button was pressed, whatever comes in meanwhile.
  const [asking, setAsking] = useState<{ act: Step["act"]; shown: Campaign }>();
  const acts = actsOf(campaign.state, may);
  const next = nextOf(campaign.state, seen);
  const off = campaign.delivery === "off";

  const press = (act: Act) => {
    if (act === "look") return onLook();
    step.reset();
    setAsking({ act, shown: campaign });
  };
  const confirm = (reason: string) => {
    if (asking === undefined) return;
    const { act, shown } = asking;
    step.mutate(
      { campaign: shown.campaign_id, act, reason, sha: shown.plan_sha256 ?? undefined },
      {
        onSuccess: () => {
          setAsking(undefined);
          notifications.show(DONE[act]);
        },
      },
    );
  };
  const others = acts.filter((act) => act !== next);

  return (
    <Stack gap="sm">
      <Text size="sm">{wordsOf(campaign.state)}</Text>
      {off && ["planned", "approved", "running"].includes(campaign.state) ? (
        <Alert color="yellow" title="Delivery is off">
          <Text size="sm">
            The list can be planned and approved; others carry it out. To send from here: set{" "}
            <Code>[delivery] mode = "test"</Code> with test_recipients in retinue.toml, later "live".
          </Text>
        </Alert>
      ) : null}
      {next !== undefined && !acts.includes(next) ? (
        <Text size="sm" c="dimmed">
          Next: {LABELS[next].toLowerCase()}. That is done by {whoDoes(next)}.
        </Text>
      ) : null}
      {acts.length === 0 ? null : (
        <Group gap="xs">
          {next !== undefined && acts.includes(next) ? (
            <Button onClick={() => press(next)} disabled={next === "start" && off}>
              {LABELS[next]}
            </Button>
          ) : null}
          {others.map((act) => (
            <Button
              key={act}
              variant="default"
              {...(act === "stop" ? { c: "var(--retinue-bad)" } : {})}
              onClick={() => press(act)}
            >
              {act === "plan" ? "Plan again" : act === "look" && seen ? "See the dry run again" : LABELS[act]}
            </Button>
          ))}
        </Group>
      )}
      {asking === undefined ? null : (
        <Question
          act={asking.act}
          campaign={asking.shown}
          currency={currency}
          seen={seen}
          onClose={() => setAsking(undefined)}
          onConfirm={confirm}
          pending={step.isPending}
          error={step.error}
        />
      )}
    </Stack>
  );
}

interface QuestionProps {
  act: Step["act"];
  campaign: Campaign;
  currency: string;
  seen: boolean;
  onClose: () => void;
  onConfirm: (reason: string) => void;
  pending: boolean;
  error: Refused | null;
}

const TITLES: Record<Step["act"], string> = {
  plan: "Plan this campaign?",
  approve: "Approve this plan?",
  start: "Start sending?",
  pause: "Pause this campaign?",
  resume: "Resume this campaign?",
  stop: "Stop this campaign permanently?",
};

function Question({ act, campaign, currency, seen, onClose, onConfirm, pending, error }: QuestionProps) {
  const label = act === "plan" && campaign.plan_sha256 !== null ? "Plan again" : LABELS[act];
  const changed = error instanceof Refused && (error.status === 409 || error.status === 412);
  return (
    <Confirm
      opened
      onClose={onClose}
      title={TITLES[act]}
      label={label}
      {...(act === "stop" ? { color: "red" } : {})}
      {...reasonOf(act)}
      onConfirm={onConfirm}
      pending={pending}
      error={error}
    >
      <Told act={act} campaign={campaign} currency={currency} seen={seen} />
      {changed && act === "approve" ? (
        <Alert color="yellow" title="What you saw is not what is there now">
          <Text size="sm">
            Close this, look at the dry run of the new plan, or plan again; then approve that.
          </Text>
        </Alert>
      ) : null}
    </Confirm>
  );
}

function reasonOf(act: Step["act"]) {
  switch (act) {
    case "approve":
      return { reason: { label: "Note (optional)", required: false } };
    case "pause":
      return { reason: { label: "Why is it paused?", required: true } };
    case "resume":
      return { reason: { label: "Why is it resumed?", required: false } };
    case "stop":
      return { reason: { label: "Why is it stopped?", required: true } };
    default:
      return {};
  }
}

function Told({
  act,
  campaign,
  currency,
  seen,
}: Pick<QuestionProps, "act" | "campaign" | "currency" | "seen">) {
  const totals = campaign.totals;
  const { all, ended } = progressOf(campaign.deliveries);
  switch (act) {
    case "plan":
      return (
        <Text size="sm">
          {campaign.state === "approved"
            ? "A new plan takes the approval away. "
            : campaign.plan_sha256 === null
              ? ""
              : "From the same facts it is the same plan; another plan needs another approval. "}
          Nothing is sent.
        </Text>
      );
    case "approve":
      return (
        <Stack gap="xs">
          <Text size="sm">
            Plan <Code>{(campaign.plan_sha256 ?? "").slice(0, 12)}</Code> of {campaign.campaign_id}, and no
            other:
          </Text>
          {totals === null ? null : (
            <List size="sm" spacing={2}>
              <List.Item>
                {count(figure(totals, "automatic"))} customers get their offer automatically, for{" "}
                {cents(figure(totals, "automatic_cents"), currency)} at most
              </List.Item>
              <List.Item>{count(figure(totals, "for_review"))} need review, one by one</List.Item>
              <List.Item>{count(figure(totals, "excluded"))} are excluded; the plan says why</List.Item>
              <List.Item>total cost: {cents(figure(totals, "cents"), currency)}</List.Item>
            </List>
          )}
          {seen ? null : (
            <Alert color="yellow" title="You have not looked at its dry run">
              <Text size="sm">It shows who gets what, through which channel, and who does not.</Text>
            </Alert>
          )}
        </Stack>
      );
    case "start":
      return (
        <Text size="sm">
          {campaign.delivery === "test"
            ? "Delivery is in test mode: only the test recipients are written to. "
            : "Customers are written to from now on. "}
          It can be paused and stopped, but what was sent cannot be called back.
        </Text>
      );
    case "pause":
      return <Text size="sm">No further delivery begins; calls under way end. It can go on later.</Text>;
    case "resume":
      return <Text size="sm">What is due is sent again.</Text>;
    case "stop":
      return (
        <List size="sm" spacing={4}>
          <List.Item>
            {all === 0
              ? "Nothing of it was put into the outbox yet."
              : `What has not begun is cancelled and its budget released: ${count(all - ended)} of ${count(all)} deliveries are open.`}
          </List.Item>
          <List.Item>Cases waiting for review are withdrawn.</List.Item>
          <List.Item>
            What was sent stays sent ({count(campaign.deliveries.sent ?? 0)}); what is being sent, or is
            unknown, is followed to its end.
          </List.Item>
          <List.Item>It cannot be started again.</List.Item>
        </List>
      );
  }
}

/** A number of a plan's totals. */
export function figure(totals: Record<string, unknown> | null, name: string): number {
  const value = totals?.[name];
  return typeof value === "number" ? value : 0;
}
