import { describe, expect, test } from "vitest";
import {
  addColumn,
  addRow,
  duplicateRow,
  moveRow,
  ofCell,
  plain,
  quoted,
  removeColumn,
  removeRow,
  same,
  setCell,
  type Table,
  tablesOf,
} from "./document";
import { read, written } from "./facts";
import { conditionWords, whenWords } from "./inWords";
import { DOCUMENT } from "./testing";

function table(document = DOCUMENT): Table {
  const [first] = tablesOf(document);
  if (first === undefined) throw new Error("the document has no table");
  return first;
}

const rules = (document = DOCUMENT) => table(document).rows.map((row) => plain(row.rule ?? ""));

describe("a document of rules", () => {
  test("rows are put in, copied, moved and removed, and the document before stays as it was", () => {
    expect(rules()).toEqual(["high_value", "low_value"]);
    expect(rules(addRow(DOCUMENT, "routing", 1))).toEqual(["high_value", "", "low_value"]);
    expect(rules(duplicateRow(DOCUMENT, "routing", 0))).toEqual(["high_value", "high_value_2", "low_value"]);
    expect(rules(moveRow(DOCUMENT, "routing", 1, 0))).toEqual(["low_value", "high_value"]);
    expect(rules(moveRow(DOCUMENT, "routing", 0, -1))).toEqual(["high_value", "low_value"]);
    expect(rules(removeRow(DOCUMENT, "routing", 0))).toEqual(["low_value"]);
    expect(rules()).toEqual(["high_value", "low_value"]);
  });

  test("each row keeps an id of its own", () => {
    const grown = duplicateRow(addRow(addRow(DOCUMENT, "routing", 0), "routing", 0), "routing", 0);
    const ids = table(grown).rows.map((row) => row._id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a column is added to every row and taken away with its cells", () => {
    const more = addColumn(DOCUMENT, "routing", "inputs", "clv", "Value again");
    expect(table(more).inputs.map((column) => column.id)).toEqual(["clv", "clv_2"]);
    expect(table(more).rows.every((row) => row.clv_2 === "")).toBe(true);
    expect(same(removeColumn(more, "routing", "clv_2"), DOCUMENT)).toBe(true);
    expect(same(more, DOCUMENT)).toBe(false);
  });

  test("a mistake is found at its cell, by whichever name the service gives the column", () => {
    const [column] = table().inputs;
    if (column === undefined) throw new Error("no column");
    const at = (where: string) => ({ level: "error" as const, where, what: "wrong", fix: "" });
    expect(ofCell([at("Routing, row 1, column Customer value")], table(), 0, column)).toHaveLength(1);
    expect(ofCell([at("Routing, row 1, column clv")], table(), 0, column)).toHaveLength(1);
    expect(ofCell([at("Routing, row 2, column clv"), at("Routing, row 1")], table(), 0, column)).toEqual([]);
  });

  test("texts are quoted in cells and plain in fields", () => {
    expect([plain('"monitor"'), plain("'x'"), plain("1.5"), plain('"a')]).toEqual([
      "monitor",
      "x",
      "1.5",
      '"a',
    ]);
    expect([quoted("monitor"), quoted(" ")]).toEqual(['"monitor"', ""]);
    expect(table(setCell(DOCUMENT, "routing", 0, "clv", "> 9")).rows[0]?.clv).toBe("> 9");
  });
});

test.each([
  ["", "any"],
  ["> 5000", "more than 5000"],
  ["<= 0.6", "at most 0.6"],
  ["(0.4..0.6]", "more than 0.4, up to 0.6"],
  ["[1..3)", "from 1 below 3"],
  ['in ["DE", "AT"]', "DE or AT"],
  ['"Premium"', "Premium"],
  ['not in ["DE", "AT"]', "not DE or AT"],
  ['!= "DE"', "not DE"],
  ["!= null", "known"],
  ["$ > cost", "$ > cost"],
])("the condition %s is read as %s", (cell, words) => {
  expect(conditionWords(cell)).toBe(words);
});

test("a row says when it holds", () => {
  expect(table().rows.map((row) => whenWords(table(), row))).toEqual([
    "Customer value is more than 5000",
    "Everybody else",
  ]);
});

test("facts are read as they are written, and what is no fact is told", () => {
  const values = { clv: 2001, plan: "pro, yearly", subscribed: true, segment: null };
  expect(read(written(values))).toEqual({ values });
  expect(read("route = manual_review")).toEqual({ values: { route: "manual_review" } });
  expect(read("clv 2001")).toEqual({ wrong: "“clv 2001” is not written as name = value." });
});
