/** What a dry run says beside the plan: reasons counted, and what changed since. */

import type { Schemas } from "@/api/client";
import { count } from "@/lib/format";

type Row = Schemas["Foreseen"];

/** Why some would get nothing: reason and number, most first. */
export function reasonsOf(rows: readonly Row[]): [string, number][] {
  const found = new Map<string, number>();
  for (const row of rows) {
    if (row.what === "not") found.set(row.why, (found.get(row.why) ?? 0) + 1);
  }
  return [...found].sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
}

/** In words, what would now happen otherwise than planned; empty where nothing would. */
export function differencesOf(plan: Schemas["Plan"], preview: Schemas["Preview"]): string[] {
  if (plan.plan_sha256 !== preview.plan_sha256) return [];
  const planned = new Set(plan.actions.filter((one) => one.excluded === null).map((one) => one.decision_id));
  const lost = preview.actions.filter((one) => one.what === "not" && planned.has(one.decision_id));
  const found = reasonsOf(lost).map(
    ([why, number]) => `${customers(number)} in the plan would get nothing now: ${why}`,
  );
  const waiting = preview.actions.filter((one) => one.what === "wait").length;
  if (waiting > 0) found.push(`${customers(waiting)} would get it later than at once, as quiet hours end.`);
  return found;
}

function customers(number: number): string {
  return number === 1 ? "1 customer" : `${count(number)} customers`;
}
