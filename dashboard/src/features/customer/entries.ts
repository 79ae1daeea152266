/** What an entry of the timeline says, in words. */

import type { Schemas } from "@/api/client";
import { cents, money, offerWords, percent, words } from "@/lib/format";

export type Entry = Schemas["TimelineEntry"];
export type Kind = Entry["kind"];

/** What one may look at alone, and the kinds that belong to it. */
export const GROUPS: readonly { name: string; label: string; kinds: readonly Kind[] }[] = [
  { name: "risk", label: "Risk", kinds: ["assessed"] },
  { name: "decisions", label: "Decisions", kinds: ["decided"] },
  { name: "people", label: "Reviews", kinds: ["review", "review_asked"] },
  { name: "deliveries", label: "Deliveries", kinds: ["delivery", "response"] },
  { name: "outcomes", label: "Outcomes", kinds: ["outcome"] },
  { name: "consent", label: "Consent", kinds: ["consent"] },
  { name: "cancel", label: "Cancel button", kinds: ["cancel_request", "cancel_choice"] },
];

export interface Said {
  title: string;
  more: string | undefined;
}

/** An entry as a title and what is known besides. */
export function said(entry: Entry, currency: string): Said {
  const { detail, what } = entry;
  const number = (name: string) => (typeof detail[name] === "number" ? (detail[name] as number) : undefined);
  const text = (name: string) =>
    typeof detail[name] === "string" && detail[name] !== "" ? (detail[name] as string) : undefined;
  const joined = (...parts: (string | undefined)[]) => {
    const found = parts.filter((one) => one !== undefined);
    return found.length === 0 ? undefined : found.join(" · ");
  };
  switch (entry.kind) {
    case "assessed": {
      const [risk, worth] = [number("churn_probability"), number("clv")];
      return {
        title: `Scored: ${words(what).toLowerCase()} risk${risk === undefined ? "" : ` (${percent(risk)})`}`,
        more: joined(
          worth === undefined ? undefined : `lifetime value ${money(worth, currency)}`,
          text("value_tier"),
          text("segment"),
        ),
      };
    }
    case "decided": {
      const offer = text("incentive_id");
      const none = offer === undefined || offer === "none";
      const [net, cost] = [number("expected_roi"), number("cost")];
      const how = {
        auto_execute: "sent automatically",
        manual_review: "needs review",
        monitor: "monitor",
        no_action: "no action",
      }[what];
      return {
        title: `Decided: ${none ? "no offer" : offerWords(offer)}, ${how ?? words(what).toLowerCase()}`,
        more: joined(
          none || net === undefined
            ? undefined
            : `expected net ${money(net, currency)} after ${money(cost, currency)}`,
          detail.held_out === true ? "holdout (random)" : undefined,
          text("rule_words"),
        ),
      };
    }
    case "review_asked":
      return {
        title: "Sent to review",
        more: detail.urgent === true ? "urgent" : undefined,
      };
    case "review":
      return {
        title: `Review: ${words(what).toLowerCase()}`,
        more: joined(
          text("who") === undefined ? undefined : `by ${text("who")}`,
          text("reason") === undefined ? undefined : `“${text("reason")}”`,
        ),
      };
    case "delivery":
      return {
        title: `${words(text("delivers") ?? "delivery")}: ${words(what).toLowerCase()}`,
        more: joined(entry.channel === null ? undefined : `through ${entry.channel}`, text("reason")),
      };
    case "response":
      return {
        title: `Response: ${words(what).toLowerCase()}`,
        more: joined(
          entry.channel === null ? undefined : `through ${entry.channel}`,
          number("cents") === undefined ? undefined : cents(number("cents"), text("currency") ?? currency),
        ),
      };
    case "outcome": {
      const revenue = number("revenue");
      return {
        title:
          detail.retained === true ? "Retained" : detail.retained === false ? "Churned" : "Outcome reported",
        more: revenue === undefined ? undefined : `paid ${money(revenue, currency)}`,
      };
    }
    case "consent":
      return {
        title: `${detail.granted === true ? "Opted in to" : "Opted out of"} ${words(text("purpose") ?? "contact").toLowerCase()}`,
        more: entry.channel === null ? "through any channel" : `through ${entry.channel}`,
      };
    case "cancel_request":
      return { title: "Pressed cancel", more: `answered: ${words(what).toLowerCase()}` };
    case "cancel_choice":
      return { title: `Chose: ${words(what).toLowerCase()}`, more: undefined };
  }
}

export interface Consent {
  channel: string;
  purpose: string;
  granted: boolean;
  since: string;
}

/** The last word on each channel and purpose; entries: newest first. */
export function consents(entries: readonly Entry[]): Consent[] {
  const found = new Map<string, Consent>();
  for (const entry of entries) {
    if (entry.kind !== "consent") continue;
    const channel = entry.channel ?? "any channel";
    const purpose = typeof entry.detail.purpose === "string" ? entry.detail.purpose : "contact";
    const key = `${purpose} ${channel}`;
    if (!found.has(key)) {
      found.set(key, { channel, purpose, granted: entry.detail.granted === true, since: entry.at });
    }
  }
  return [...found.values()].sort((left, right) =>
    `${left.purpose} ${left.channel}`.localeCompare(`${right.purpose} ${right.channel}`),
  );
}

export interface RiskAt {
  at: string;
  run: string;
  risk: number;
  level: string;
}

/** The risk at each time that a run assessed the customer, oldest first; the last run of each time counts. */
export function risks(entries: readonly Entry[]): RiskAt[] {
  const found = new Map<string, RiskAt>();
  for (const entry of entries) {
    const risk = entry.detail.churn_probability;
    if (entry.kind !== "assessed" || typeof risk !== "number" || found.has(entry.at)) continue;
    found.set(entry.at, { at: entry.at, run: entry.campaign_id ?? "", risk, level: entry.what });
  }
  return [...found.values()].reverse();
}
