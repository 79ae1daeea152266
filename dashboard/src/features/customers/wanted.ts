/** Which customers are listed, as the address says; the names are those that other views link with. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { offerWords, percent, words } from "@/lib/format";
import type { Question } from "@/lib/service";

type Query = NonNullable<Question<"/api/v1/customers">["query"]>;
export type SortName = NonNullable<Query["sort"]>;

/** Filters of several values: their name in the address, that of the service, and what they are called. */
const LISTS = {
  risk_level: { service: "risk_level", label: "Risk level", write: words },
  tier: { service: "value_tier", label: "Tier", write: (value: string) => value },
  segment: { service: "segment", label: "Segment", write: (value: string) => value },
  rfm_segment: { service: "rfm_segment", label: "RFM segment", write: (value: string) => value },
  action_type: { service: "action_type", label: "Decision", write: actionWords },
  incentive_id: { service: "incentive_id", label: "Offer", write: offerWords },
  urgency: { service: "urgency", label: "Urgency", write: words },
} as const;

const NUMBERS = {
  churn_probability_min: { label: "Churn risk at least", share: true },
  churn_probability_max: { label: "Churn risk at most", share: true },
  clv_min: { label: "Lifetime value at least", share: false },
  clv_max: { label: "Lifetime value at most", share: false },
} as const;

const TRUTHS = {
  at_risk: { yes: "Above the action threshold", no: "Below the action threshold" },
  held_out: { yes: "In the holdout", no: "Not in the holdout" },
} as const;

export type ListName = keyof typeof LISTS;
export type NumberName = keyof typeof NUMBERS;
export type TruthName = keyof typeof TRUTHS;
export const STAGE_NAMES = ["total", "at_risk", "intervention", "retained", "left", "not_known_yet"] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export const OUTCOME_NAMES = ["made", "judged", "retained", "left", "not_known_yet"] as const;
export type OutcomeName = (typeof OUTCOME_NAMES)[number];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The period of an address, as far as it names one. */
export function daysOf(address: URLSearchParams): { from?: string; to?: string } {
  const [from, to] = [address.get("from"), address.get("to")];
  return { ...(from && DAY.test(from) ? { from } : {}), ...(to && DAY.test(to) ? { to } : {}) };
}

export const RISKS = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
export const ACTIONS = ["auto_execute", "manual_review", "monitor", "no_action"] as const;
export const URGENCIES = ["HIGH", "MEDIUM", "LOW"] as const;

/** What was decided, in words. */
export function actionWords(name: string | null | undefined): string {
  if (name === null || name === undefined) return "No decision";
  return (
    {
      auto_execute: "Automatic",
      manual_review: "Needs review",
      monitor: "Monitor",
      no_action: "No action",
    }[name] ?? words(name)
  );
}

export const labelOf = (name: ListName): string => LISTS[name].label;

export interface Chip {
  key: string;
  text: string;
  without: (query: URLSearchParams) => void;
}

/** What an address asks for. */
export interface Wanted {
  query: Query;
  chips: readonly Chip[];
}

const SORTS: readonly SortName[] = [
  "customer_id",
  "churn_probability",
  "clv",
  "revenue_at_risk",
  "priority_score",
  "expected_roi",
  "time_to_churn_days",
];

/** The order of an address; the riskiest first unless it says otherwise. */
export function sortOf(address: URLSearchParams): { sort: SortName; order: "asc" | "desc" } {
  const sort = SORTS.find((one) => one === address.get("sort")) ?? "churn_probability";
  const order = address.get("order");
  return {
    sort,
    order: order === "asc" || order === "desc" ? order : sort === "customer_id" ? "asc" : "desc",
  };
}

/** Filters of an address, without the order. Values that are none are left out. */
export function wantedOf(address: URLSearchParams, money: (value: number) => string): Wanted {
  const query: Record<string, unknown> = {};
  const chips: Chip[] = [];
  for (const [name, { service, label, write }] of Object.entries(LISTS)) {
    const values = address.getAll(name).filter((value) => value !== "" && known(name, value));
    if (values.length === 0) continue;
    query[service] = values;
    for (const value of values) {
      chips.push({
        key: `${name} ${value}`,
        text: `${label}: ${write(value)}`,
        without: (next) => {
          const rest = next.getAll(name).filter((one) => one !== value);
          next.delete(name);
          for (const one of rest) next.append(name, one);
        },
      });
    }
  }
  for (const [name, { label, share }] of Object.entries(NUMBERS)) {
    const text = address.get(name);
    const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || (share && (value < 0 || value > 1))) continue;
    query[name] = value;
    chips.push({
      key: name,
      text: `${label} ${share ? percent(value, 0) : money(value)}`,
      without: (next) => next.delete(name),
    });
  }
  for (const [name, said] of Object.entries(TRUTHS)) {
    const text = address.get(name);
    if (text !== "true" && text !== "false") continue;
    query[name] = text === "true";
    chips.push({
      key: name,
      text: text === "true" ? said.yes : said.no,
      without: (next) => next.delete(name),
    });
  }
  const starts = address.get("starts")?.trim() ?? "";
  if (starts !== "") {
    query.starts = starts;
    chips.push({ key: "starts", text: `ID starts with ${starts}`, without: (next) => next.delete("starts") });
  }
  return { query: query as Query, chips };
}

function known(name: string, value: string): boolean {
  const allowed: readonly string[] | undefined = {
    risk_level: RISKS,
    action_type: ACTIONS,
    urgency: URGENCIES,
  }[name as "risk_level"];
  return allowed === undefined || allowed.includes(value);
}

/** Change the address by hand. replace: it is not worth a step back. */
export function useChange(): (change: (next: URLSearchParams) => void, replace?: boolean) => void {
  const [, set] = useSearchParams();
  return useCallback(
    (change, replace = false) =>
      set(
        (before) => {
          const next = new URLSearchParams(before);
          change(next);
          return next;
        },
        { replace },
      ),
    [set],
  );
}

/** A filter of several values: what it is, and how to set it. */
export function useList(name: ListName): [string[], (values: readonly string[]) => void] {
  const [address] = useSearchParams();
  const change = useChange();
  const text = address.getAll(name).join("\n");
  const values = useMemo(() => (text === "" ? [] : text.split("\n")), [text]);
  return [
    values,
    (next) =>
      change((query) => {
        query.delete(name);
        for (const value of next) query.append(name, value);
      }),
  ];
}

/** A query as it is written in an address of the service. */
export function written(query: { readonly [key: string]: unknown }): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) text.append(name, String(one));
    }
  }
  return text.toString();
}
