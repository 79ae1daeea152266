/** Facts as they are typed in an example: `clv = 2001, plan = "pro"`. */

export type Value = string | number | boolean | null;
export type Values = Record<string, Value>;

/** Facts as text. */
export function written(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${typeof value === "string" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

/** Text as facts, or what is wrong with it. */
export function read(text: string): { values: Values } | { wrong: string } {
  const values: Values = {};
  for (const part of parts(text)) {
    const found = /^([a-z_]+)\s*=\s*(.+)$/.exec(part);
    if (!found) return { wrong: `“${part}” is not written as name = value.` };
    const [, name = "", given = ""] = found;
    values[name] = readValue(given.trim());
  }
  return { values };
}

/** Split at commas that stand in no quotes. */
function parts(text: string): string[] {
  return (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((part) => part.trim()).filter(Boolean);
}

function readValue(text: string): Value {
  if (text === "null") return null;
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text.replace(/^"(.*)"$/, "$1");
}
