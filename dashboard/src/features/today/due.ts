/** By when an answer is due, as a person would say it. Days are those of UTC, as everywhere. */

export interface Due {
  text: string;
  tone: "late" | "soon" | "usual";
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Overdue, due today, due in n days. */
export function dueOf(dueAt: string, now: Date = new Date()): Due {
  const at = new Date(dueAt);
  const left = at.getTime() - now.getTime();
  if (left < 0) return { text: `Overdue by ${spent(-left)}`, tone: "late" };
  const days = dayOf(at) - dayOf(now);
  if (days === 0) return { text: left < HOUR ? "Due within the hour" : "Due today", tone: "soon" };
  return { text: days === 1 ? "Due tomorrow" : `Due in ${days} days`, tone: "usual" };
}

function spent(span: number): string {
  const [many, unit] =
    span < HOUR
      ? [Math.max(1, Math.round(span / 60_000)), "minute"]
      : span < 2 * DAY
        ? [Math.round(span / HOUR), "hour"]
        : [Math.round(span / DAY), "day"];
  return `${many} ${unit}${many === 1 ? "" : "s"}`;
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY);
}

export interface Later {
  label: string;
  until: Date;
}

/** Times to which a case may be put off, those before it expires. */
export function laters(expiresAt: string, now: Date = new Date()): Later[] {
  const morning = (days: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 9));
  const monday = ((8 - now.getUTCDay()) % 7 || 7) as number;
  const offered = [
    { label: "In 3 hours", until: new Date(now.getTime() + 3 * HOUR) },
    { label: "Tomorrow, 09:00", until: morning(1) },
    { label: "In 3 days, 09:00", until: morning(3) },
    { label: "Next Monday, 09:00", until: morning(monday) },
    { label: "In a week, 09:00", until: morning(7) },
  ];
  const end = new Date(expiresAt).getTime();
  const seen = new Set<number>();
  return offered.filter(({ until }) => {
    const at = until.getTime();
    if (at >= end || seen.has(at)) return false;
    seen.add(at);
    return true;
  });
}
