import { words } from "@/lib/format";

const REASONS: Record<string, string> = {
  orphan: "Customer not known yet",
  future_date: "In the future",
  absurd_date: "Impossible date",
  bad_date: "Not a date",
  bad_number: "Not a number",
  bad_boolean: "Neither yes nor no",
  bad_object: "Not an object",
  missing_value: "Value is missing",
  missing_customer: "Customer is missing",
  not_finite: "Not a finite number",
  out_of_bounds: "Outside its limits",
  out_of_range: "Too large to hold",
  unknown_category: "Unknown word",
  ambiguous_number: "Number with two readings",
  end_before_start: "Ends before it starts",
  nul_byte: "Holds a NUL sign",
  too_long: "Too long",
  erased: "Customer was erased",
};

/** Why a row was set aside, in words. */
export function reasonWords(reason: string): string {
  return REASONS[reason] ?? words(reason);
}

/** Hours as a person says them: "26 minutes", "5 hours", "12 days". */
export function hoursWords(hours: number): string {
  const many = (count: number, unit: string) =>
    `${Math.round(count).toLocaleString("en-GB")} ${unit}${Math.round(count) === 1 ? "" : "s"}`;
  if (hours < 1) return many(Math.max(0, hours * 60), "minute");
  if (hours < 48) return many(hours, "hour");
  return many(hours / 24, "day");
}
