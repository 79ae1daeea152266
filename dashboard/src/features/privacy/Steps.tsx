import { Text, Timeline } from "@mantine/core";
import type { ReactNode } from "react";
import { count, fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { KINDS, type Request } from "./words";

const ACTIONS: Record<string, string> = {
  "privacy.asked": "Recorded",
  "privacy.working": "In progress",
  "privacy.done": "Answered",
  "privacy.refused": "Refused",
  "review.asked": "Sent to review",
  "review.approved": "Reviewed: decision upheld",
  "review.rejected": "Reviewed: decision overturned",
};

interface Step {
  key: string;
  title: string;
  at: string | null;
  who: string | null;
}

/** What was done with a request, step by step; from the audit trail where one may read it. */
export function Steps({ request }: { request: Request }) {
  const may = useMay()("audit.read");
  const trail = useAsk(
    "/api/v1/audit/records",
    { query: { object: request.request_id, limit: 50 } },
    { enabled: may },
  );
  const known = trail.data?.records ?? [];
  const steps: Step[] =
    known.length > 0
      ? [...known].reverse().map((one) => ({
          key: String(one.number),
          title: ACTIONS[one.action] ?? one.action,
          at: one.at,
          who: one.actor,
        }))
      : ofItself(request);
  return (
    <Timeline bulletSize={14} lineWidth={2} active={steps.length}>
      <Timeline.Item title={<Title>Received</Title>}>
        <When at={request.received_at} who={null} />
      </Timeline.Item>
      {steps.map((step) => (
        <Timeline.Item key={step.key} title={<Title>{step.title}</Title>}>
          <When at={step.at} who={step.who} />
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function ofItself(request: Request): Step[] {
  const steps: Step[] = [{ key: "asked", title: "Recorded", at: null, who: request.received_by }];
  if (request.state === "working") {
    steps.push({ key: "working", title: "In progress", at: null, who: request.handled_by });
  }
  if (request.closed_at !== null) {
    steps.push({
      key: "closed",
      title: request.state === "done" ? "Answered" : "Refused",
      at: request.closed_at,
      who: request.handled_by,
    });
  }
  return steps;
}

function Title({ children }: { children: ReactNode }) {
  return (
    <Text span size="sm" fw={550}>
      {children}
    </Text>
  );
}

function When({ at, who }: { at: string | null; who: string | null }) {
  return (
    <Text size="xs" c="dimmed">
      {at === null ? null : <span title={fromNow(at)}>{time(at)}</span>}
      {who === null ? null : `${at === null ? "" : ", "}by ${who}`}
    </Text>
  );
}

/** What was found and done, in words; nothing while nothing is known. */
export function Came({ request }: { request: Request }): ReactNode {
  const { detail, kind, state } = request;
  const lines: string[] = [];
  if (typeof detail.failed === "string" && state !== "done")
    lines.push(`The last try failed: ${detail.failed}`);
  if (kind === "objection") {
    lines.push(
      `${counted(detail.cancelled)} deliveries cancelled, ${counted(detail.closed)} cases of the queue closed.`,
    );
    const underWay = Array.isArray(detail.under_way) ? detail.under_way : [];
    if (underWay.length > 0) {
      lines.push(`Already on their way, and followed to the end: ${underWay.map(String).join(", ")}.`);
    }
  }
  if (kind === "erasure" && state === "working" && isCounts(detail.before)) {
    const places = Object.values(detail.before);
    lines.push(
      `Found: ${count(places.reduce((sum, many) => sum + many, 0))} rows in ${places.length} places. The erasure goes on where it was cut short.`,
    );
  }
  if (typeof detail.why === "string") lines.push(`Closed, since ${detail.why}.`);
  if (lines.length === 0 && state === "open") lines.push(KINDS[kind].next);
  return lines.map((line) => (
    <Text size="sm" key={line}>
      {line}
    </Text>
  ));
}

function counted(value: unknown): string {
  return typeof value === "number" ? count(value) : "0";
}

function isCounts(value: unknown): value is Record<string, number> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "number")
  );
}
