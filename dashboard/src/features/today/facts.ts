/** What a case knows, read with care: its facts are free in the service's description. */

import type { Schemas } from "@/api/client";

export type Case = Schemas["Case"];
export type WholeCase = Schemas["WholeCase"];

export interface Option {
  id: string;
  type: string;
  value: number;
  duration_months: number | null;
  cents: number;
  expected_cents: number;
  excluded: string | null;
}

export interface Facts {
  risk: number | null;
  riskLevel: string | null;
  days: number | null;
  clv: number | null;
  low: number | null;
  high: number | null;
  tier: string | null;
  segment: string | null;
  lift: number | null;
  confidence: number | null;
  explored: boolean;
  reasons: readonly string[];
  rule: string | null;
  ruleWords: string | null;
  options: readonly Option[];
  /** Where a customer asks that a person looks: the decision, its story, and what the customer says. */
  decision: string | null;
  story: string | null;
  says: string | null;
}

type Raw = { readonly [key: string]: unknown };

/** The facts of a case by name. */
export function factsOf(raw: Raw): Facts {
  const number = (name: string) => (typeof raw[name] === "number" ? (raw[name] as number) : null);
  const text = (name: string) => (typeof raw[name] === "string" && raw[name] ? (raw[name] as string) : null);
  const list = (name: string) => (Array.isArray(raw[name]) ? (raw[name] as unknown[]) : []);
  return {
    risk: number("churn_probability"),
    riskLevel: text("risk_level"),
    days: number("time_to_churn_days"),
    clv: number("clv"),
    low: number("clv_low"),
    high: number("clv_high"),
    tier: text("tier"),
    segment: text("segment"),
    lift: number("retention_lift"),
    confidence: number("confidence"),
    explored: raw.explored === true,
    reasons: list("reasons").filter((one): one is string => typeof one === "string"),
    rule: text("rule"),
    ruleWords: text("rule_words"),
    options: list("alternatives").map((one) => one as Option),
    decision: text("decision_id"),
    story: text("story"),
    says: text("says"),
  };
}
