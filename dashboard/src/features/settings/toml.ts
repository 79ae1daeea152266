/** A setting as it is written into retinue.toml, and as a variable of the environment. */

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The lines of one setting: its table, then its key. A key with dots lies in a table of its own.
 *
 * `lines("alerts", "drift.fire", 0.25)` is `[alerts.drift]` and `fire = 0.25`.
 */
export function lines(section: string, key: string, value: unknown): string {
  const path = [section, ...key.split(".")];
  const last = path.pop() ?? key;
  const table = path.map(bare).join(".");
  return `[${table}]\n${bare(last)} = ${written(value as Json)}`;
}

/** `alerts` and `drift.fire` is RETINUE_ALERTS__DRIFT__FIRE. */
export function variable(section: string, key: string): string {
  return `RETINUE_${[section, ...key.split(".")].join("__").toUpperCase()}`;
}

function bare(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

/** A value in TOML; what has no value yet is left for whoever types it. */
function written(value: Json): string {
  if (value === null || value === undefined) return "…";
  if (Array.isArray(value)) return `[${value.map((one) => written(one as Json)).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, one]) => `${bare(name)} = ${written(one)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return JSON.stringify(value);
}

/** A value for a person to read. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "not set";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  if (typeof value === "object") {
    const pairs = Object.entries(value);
    return pairs.length === 0 ? "none" : pairs.map(([name, one]) => `${name}: ${shown(one)}`).join(", ");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
