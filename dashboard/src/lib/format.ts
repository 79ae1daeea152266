/** How numbers, money and times are written. Times are UTC, as everything in Retinue. */

const LANGUAGE = "en-GB";
export const NOTHING = "–";

type Maybe = number | null | undefined;

function has(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** A number as it is read: with a minus sign and not a hyphen, and none before a zero. */
function written(value: number, options: Intl.NumberFormatOptions): string {
  return value.toLocaleString(LANGUAGE, { ...options, signDisplay: "negative" }).replace("-", "−");
}

function isZero(text: string): boolean {
  return !/[1-9]/.test(text);
}

function fraction(digits: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

/** A count: 12,345. */
export function count(value: Maybe): string {
  return has(value) ? written(value, fraction(0)) : NOTHING;
}

/** A plain number with so many decimals. */
export function decimal(value: Maybe, digits = 2): string {
  return has(value) ? written(value, fraction(digits)) : NOTHING;
}

/** A share between 0 and 1 as a percentage; small ones keep a decimal. Only none is 0 %, and only all is 100 %. */
export function percent(value: Maybe, digits?: number): string {
  if (!has(value)) return NOTHING;
  const kept = digits ?? (Math.abs(value) < 0.1 ? 1 : 0);
  const text = written(value * 100, fraction(kept));
  const least = 10 ** -kept;
  if (value > 0 && isZero(text)) return `< ${decimal(least, kept)} %`;
  if (value < 1 && text === decimal(100, kept)) return `> ${decimal(100 - least, kept)} %`;
  return `${text} %`;
}

/** A difference of shares, in percentage points, with its sign. */
export function points(value: Maybe): string {
  if (!has(value)) return NOTHING;
  const text = decimal(value * 100, 1);
  return `${value > 0 && !isZero(text) ? "+" : ""}${text} pp`;
}

/** An amount of money in whole units; below 100 with its cents. */
export function money(value: Maybe, currency: string): string {
  if (!has(value)) return NOTHING;
  const digits = Math.abs(value) < 100 && value !== 0 ? 2 : 0;
  return written(value, { style: "currency", currency, ...fraction(digits) });
}

/** A short amount for an axis: €1.2k, €3.4M. */
export function shortMoney(value: Maybe, currency: string): string {
  if (!has(value)) return NOTHING;
  return written(value, {
    style: "currency",
    currency,
    notation: "compact",
    maximumFractionDigits: 1,
    minimumFractionDigits: 0,
  });
}

/** A short count for an axis: 1.2k. */
export function shortCount(value: Maybe): string {
  if (!has(value)) return NOTHING;
  return written(value, { notation: "compact", maximumFractionDigits: 1 });
}

/** Cents as money. */
export function cents(value: Maybe, currency: string): string {
  return has(value) ? money(value / 100, currency) : NOTHING;
}

/** The first letter large: names that stand alone in a cell or beside a bar. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two ends of an interval: "12 to 34". */
export function interval(low: Maybe, high: Maybe, write: (value: Maybe) => string): string {
  return has(low) && has(high) ? `${write(low)} to ${write(high)}` : NOTHING;
}

/** A day: 14 Feb 2026. */
export function day(value: string | null | undefined): string {
  const at = moment(value);
  return at === undefined
    ? NOTHING
    : at.toLocaleDateString(LANGUAGE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

/** A month: Feb 2026. */
export function month(value: string | null | undefined): string {
  const at = moment(value);
  return at === undefined
    ? NOTHING
    : at.toLocaleDateString(LANGUAGE, { month: "short", year: "numeric", timeZone: "UTC" });
}

/** A day and a time: 14 Feb 2026, 09:05 UTC. */
export function time(value: string | null | undefined): string {
  const at = moment(value);
  if (at === undefined) return NOTHING;
  const clock = at.toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  return `${day(value)}, ${clock} UTC`;
}

/** How far a time lies from now, in words: "in 3 days", "2 hours ago". */
export function fromNow(value: string | null | undefined, now: Date = new Date()): string {
  const at = moment(value);
  if (at === undefined) return NOTHING;
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [
    ["year", 31_557_600],
    ["month", 2_629_800],
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ] as const) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

function moment(value: string | null | undefined): Date | undefined {
  if (!value) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value) || value.length === 10 ? value : `${value}Z`;
  const at = new Date(zoned);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** A name of the code in words: `manual_review` → Manual review. */
export function words(name: string): string {
  const spaced = name.replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** An offer's id in words: `percentage_discount_15` → 15 % discount. */
export function offerWords(id: string | null | undefined): string {
  if (!id || id === "none") return "No offer";
  const discount = /^percentage_discount_(\d+)$/.exec(id);
  return discount ? `${discount[1]} % discount` : words(id);
}

/** An offer with its terms: 15 % discount for 3 months. */
export function offerInWords(
  offer: { type?: string; id?: string; value?: number; duration_months?: number | null } | null | undefined,
  currency: string,
): string {
  if (!offer || offer.type === "none" || offer.id === "none") return "No offer";
  const value = typeof offer.value === "number" ? offer.value : undefined;
  const months = offer.duration_months ?? 0;
  const lasts = months > 0 ? ` for ${months} month${months === 1 ? "" : "s"}` : "";
  if (offer.type === "percentage_discount" && value !== undefined)
    return `${decimal(value, 0)} % discount${lasts}`;
  if (offer.type === "fixed_credit" && value !== undefined)
    return `Credit of ${money(value, currency)}${lasts}`;
  if (offer.type === "free_upgrade") return `Free upgrade${lasts}`;
  if (offer.type === "loyalty_points" && value !== undefined)
    return `Loyalty points worth ${money(value, currency)}`;
  if (offer.type === "personalized_bundle" && value !== undefined)
    return `Personal bundle at ${decimal(value, 0)} % off${lasts}`;
  return `${offerWords(offer.id ?? offer.type)}${lasts}`;
}
