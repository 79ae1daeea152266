import type { Schemas } from "@/api/client";
import { words } from "@/lib/format";

export type AuditRecord = Schemas["AuditRecordShown"];

/** `campaign.approved` → Campaign approved. */
export function actionWords(action: string): string {
  return words(action.replaceAll(".", " "));
}

/** Beginnings of actions that are often looked for. */
export const ACTIONS = [
  "campaign.",
  "delivery.",
  "review.",
  "privacy.",
  "consent.",
  "prediction.served",
  "personal.read",
  "settings.changed",
  "rules.",
  "policy.",
  "run.",
  "switch.",
  "user.",
  "key.",
  "sign_in.",
  "sign_in.refused",
  "proof.refused",
  "access.refused",
  "audit.",
] as const;

export const KINDS = [
  "campaign",
  "customer",
  "customers",
  "decision",
  "delivery",
  "request",
  "run",
  "settings",
  "switch",
  "user",
  "key",
  "client",
  "permission",
] as const;

/** The first plain details of a record in a line. */
export function inShort(record: AuditRecord): string {
  const plain = Object.entries(record.detail).filter(
    ([, value]) => value !== null && typeof value !== "object" && value !== "",
  );
  return plain
    .slice(0, 3)
    .map(([name, value]) => `${words(name).toLowerCase()} ${short(String(value))}`)
    .join(" · ");
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 12)}…` : text;
}

/** Where in the app one sees what a record is about; undefined where there is no such place. */
export function placeOf(record: AuditRecord): { label: string; path: string } | undefined {
  const customer = record.kind === "customer" ? record.object : plainText(record.detail.customer_id);
  if (customer !== undefined) {
    return { label: `Customer ${customer}`, path: `/customers/${encodeURIComponent(customer)}` };
  }
  const campaign = record.kind === "campaign" ? record.object : plainText(record.detail.campaign_id);
  if (campaign !== undefined) {
    return { label: `Campaign ${campaign}`, path: `/campaigns/${encodeURIComponent(campaign)}` };
  }
  if (record.kind === "request") {
    return { label: "The privacy request", path: `/privacy?request=${encodeURIComponent(record.object)}` };
  }
  return undefined;
}

function plainText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
