/** The stretch of time that a view is about: from (inclusive) to (exclusive), days in UTC. */

import { useMemo } from "react";
import { useParams } from "@/lib/address";

export const PERIODS = {
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  "6m": "Last 6 months",
  "12m": "Last 12 months",
  quarter: "Last whole quarter",
  custom: "Custom",
} as const;

export type PeriodName = keyof typeof PERIODS;
const USUAL: PeriodName = "90d";

export interface Period {
  name: PeriodName;
  /** First day, such as 2026-01-01. */
  from: string;
  /** The day after the last. */
  to: string;
}

/** The period of a name that ends with the day of `until`. */
export function periodOf(name: PeriodName, until: Date): Period {
  const end = new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth(), until.getUTCDate() + 1));
  const begin = new Date(end);
  if (name === "quarter") {
    const first = new Date(Date.UTC(until.getUTCFullYear(), Math.floor(until.getUTCMonth() / 3) * 3, 1));
    const before = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() - 3, 1));
    return { name, from: written(before), to: written(first) };
  }
  if (name === "6m") begin.setUTCMonth(begin.getUTCMonth() - 6);
  else if (name === "12m") begin.setUTCFullYear(begin.getUTCFullYear() - 1);
  else begin.setUTCDate(begin.getUTCDate() - (name === "30d" ? 30 : 90));
  return { name, from: written(begin), to: written(end) };
}

function written(at: Date): string {
  return at.toISOString().slice(0, 10);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The period of the address. asOf: the time of the newest run, at which relative periods end. */
export function usePeriod(
  asOf: string | undefined,
): [Period, (name: PeriodName, from?: string, to?: string) => void] {
  const [given, set] = useParams(["period", "from", "to"]);
  const period = useMemo(() => {
    const name = (given.period ?? USUAL) in PERIODS ? ((given.period ?? USUAL) as PeriodName) : USUAL;
    const until = asOf === undefined ? new Date() : new Date(asOf);
    if (name === "custom" && DAY.test(given.from ?? "") && DAY.test(given.to ?? "")) {
      return { name, from: given.from ?? "", to: given.to ?? "" };
    }
    return periodOf(name === "custom" ? USUAL : name, until);
  }, [given.period, given.from, given.to, asOf]);
  return [
    period,
    (name, from, to) =>
      set({
        period: name === USUAL ? undefined : name,
        from: name === "custom" ? from : undefined,
        to: name === "custom" ? to : undefined,
      }),
  ];
}
