/** The stretch of time that a view is about: whole days in UTC, the first and the last included. */

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
const USUAL: PeriodName = "12m";

export interface Period {
  name: PeriodName;
  /** First day, such as 2026-01-01. */
  from: string;
  /** Last day. */
  to: string;
}

/** The period of a name that ends with the day of `until`. */
export function periodOf(name: PeriodName, until: Date): Period {
  const [year, month, day] = [until.getUTCFullYear(), until.getUTCMonth(), until.getUTCDate()];
  const last = new Date(Date.UTC(year, month, day));
  if (name === "quarter") {
    const quarter = Math.floor(month / 3) * 3;
    return {
      name,
      from: written(new Date(Date.UTC(year, quarter - 3, 1))),
      to: written(new Date(Date.UTC(year, quarter, 0))),
    };
  }
  const days = { "30d": 30, "90d": 90, "6m": 182, "12m": 365, custom: 365 }[name];
  return { name, from: written(new Date(last.getTime() - (days - 1) * 86_400_000)), to: written(last) };
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
