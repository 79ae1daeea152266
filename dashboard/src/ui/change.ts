import { count, money, percent, points } from "@/lib/format";

interface Change {
  text: string;
  direction: "up" | "down" | "same";
  good?: boolean;
}

/**
 * The change of a number to the period before, for a tile: in percent of it, where that is more than nothing; of
 * shares in percentage points. more: whether more is better; undefined: neither.
 */
export function changeOf(
  now: number | null | undefined,
  before: number | null | undefined,
  write: (value: number) => string = (value) => count(value),
  more?: boolean,
): Change | undefined {
  if (typeof now !== "number" || typeof before !== "number") return undefined;
  const by = now - before;
  if (by === 0) return { text: `the same as the period before (${write(before)})`, direction: "same" };
  const change =
    write === percent
      ? ` (${points(by)})`
      : before > 0
        ? ` (${by > 0 ? "+" : "−"}${percent(Math.abs(by / before))})`
        : "";
  return {
    text: `from ${write(before)} in the period before${change}`,
    direction: by > 0 ? "up" : "down",
    ...(more === undefined ? {} : { good: by > 0 === more }),
  };
}

/** A writer of money for `changeOf`. */
export function inMoney(currency: string): (value: number) => string {
  return (value) => money(value, currency);
}
