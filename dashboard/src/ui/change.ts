import { count, money, percent, points } from "@/lib/format";

interface Change {
  text: string;
  direction: "up" | "down" | "same";
  good?: boolean;
}

/**
 * The change of a number to the period before, for a tile; short, for it stands below a large number: in percent
 * of it; of shares in points, of a loss the difference. more: whether more is better; undefined: neither.
 */
export function changeOf(
  now: number | null | undefined,
  before: number | null | undefined,
  write: (value: number) => string = (value) => count(value),
  more?: boolean,
): Change | undefined {
  if (typeof now !== "number" || typeof before !== "number") return undefined;
  const by = now - before;
  if (by === 0) return { text: "same as the previous period", direction: "same" };
  // A share changes by points: "10 % more of 50 %" can be read in two ways. Of a loss there is no share.
  const much =
    write === percent
      ? points(by)
      : before <= 0 || now < 0
        ? `${by > 0 ? "+" : ""}${write(by)}`
        : `${by > 0 ? "+" : "−"}${percent(Math.abs(by / before))}`;
  return {
    text: `${much} vs ${write(before)} before`,
    direction: by > 0 ? "up" : "down",
    ...(more === undefined ? {} : { good: by > 0 === more }),
  };
}

/** A writer of money for `changeOf`. */
export function inMoney(currency: string): (value: number) => string {
  return (value) => money(value, currency);
}
