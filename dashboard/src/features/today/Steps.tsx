import { Text } from "@mantine/core";
import { cents, fromNow, offerWords, time, words } from "@/lib/format";
import type { WholeCase } from "./facts";
import { REJECTIONS } from "./rejections";
import styles from "./today.module.css";

interface Props {
  steps: WholeCase["steps"];
  askedAt: string;
  currency: string;
}

/** All that was done about a case, the newest first. */
export function Steps({ steps, askedAt, currency }: Props) {
  return (
    <ol className={styles.steps}>
      {[...steps].reverse().map((step) => (
        <li key={step.number}>
          <Text size="sm">
            <strong>{words(step.what)}</strong> by {step.who}
            {detailOf(step.detail, currency)}
            <Text span size="xs" c="dimmed" title={time(step.at)}>
              {" "}
              {fromNow(step.at)}
            </Text>
          </Text>
          {step.reason === "" ? null : (
            <Text size="sm" c="dimmed">
              “{step.reason}”
            </Text>
          )}
        </li>
      ))}
      <li>
        <Text size="sm">
          <strong>Sent to review</strong> by Retinue
          <Text span size="xs" c="dimmed" title={time(askedAt)}>
            {" "}
            {fromNow(askedAt)}
          </Text>
        </Text>
      </li>
    </ol>
  );
}

function detailOf(detail: { [key: string]: unknown }, currency: string): string {
  const text = (name: string) => (typeof detail[name] === "string" ? (detail[name] as string) : undefined);
  const [to, until, code, before, after] = ["to", "until", "code", "before", "after"].map(text);
  if (before !== undefined && after !== undefined) {
    return `: ${offerWords(after)} instead of ${offerWords(before)}`;
  }
  if (to !== undefined) return `, to ${to}`;
  if (until !== undefined) return `, until ${time(until)}`;
  if (code !== undefined) {
    return `: ${REJECTIONS.find((one) => one.code === code)?.words.toLowerCase() ?? words(code).toLowerCase()}`;
  }
  return typeof detail.cents === "number" ? `, for ${cents(detail.cents, currency)}` : "";
}
