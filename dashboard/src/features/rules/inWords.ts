/** Conditions as people say them; what is no plain comparison stays as it is written. */

import type { Cells, Table } from "./document";
import { plain } from "./document";

const SIGNS: Record<string, string> = {
  ">": "more than",
  ">=": "at least",
  "<": "less than",
  "<=": "at most",
  "!=": "not",
};

const NUMBER = "-?\\d+(?:\\.\\d+)?";

/** A condition in words: `(0.4..0.6]` → more than 0.4, up to 0.6. */
export function conditionWords(cell: string): string {
  const text = cell.trim();
  if (text === "") return "any";
  if (text === "null") return "unknown";
  if (/^!=\s*null$/.test(text)) return "known";
  if (text === "true") return "yes";
  if (text === "false") return "no";
  const compared = new RegExp(`^(>=|<=|>|<|!=)\\s*(${NUMBER})$`).exec(text);
  if (compared) return `${SIGNS[compared[1] ?? ""]} ${compared[2]}`;
  const range = new RegExp(`^([[(])(${NUMBER})\\.\\.(${NUMBER})([\\])])$`).exec(text);
  if (range) {
    return `${range[1] === "(" ? "more than " : "from "}${range[2]}${range[1] === "(" ? "," : ""} ${
      range[4] === "]" ? "up to" : "below"
    } ${range[3]}`;
  }
  const texts = /^(not )?(?:in )?\[?\s*((?:"[^"]*"\s*,?\s*)+)\]?$/.exec(text);
  if (texts?.[2] !== undefined) {
    const names = [...texts[2].matchAll(/"([^"]*)"/g)].map((found) => found[1] ?? "");
    return `${texts[1] ? "not " : ""}${names.join(" or ")}`;
  }
  const other = /^!=\s*"([^"]*)"$/.exec(text);
  return other ? `not ${other[1]}` : text;
}

const ROUTES: Record<string, string> = {
  auto_execute: "Automatic",
  manual_review: "Needs review",
  monitor: "Monitor",
  no_action: "No action",
};

/** The words for what a row gives. */
export function givesWords(field: string, cell: string): string {
  const value = plain(cell);
  if (value === "") return field === "priority_factor" ? "1" : "";
  if (field === "route") return ROUTES[value] ?? value;
  if (field === "suppress") return value === "true" ? "No offer" : "";
  if (field === "urgency") return value.charAt(0) + value.slice(1).toLowerCase();
  return value;
}

/** When a row holds, in a sentence. */
export function whenWords(table: Table, row: Cells): string {
  const conditions = table.inputs
    .filter((column) => (row[column.id] ?? "").trim() !== "")
    .map((column) => `${column.name} is ${conditionWords(row[column.id] ?? "")}`);
  return conditions.length === 0 ? "Everybody else" : conditions.join(" and ");
}
