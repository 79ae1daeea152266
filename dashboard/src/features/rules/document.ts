/** A document of rules (GoRules' JSON Decision Model) as tables that one edits; each edit gives a new document. */

export type Cells = Record<string, string>;

export interface Column {
  id: string;
  field: string;
  name: string;
}

export interface Table {
  id: string;
  name: string;
  inputs: Column[];
  outputs: Column[];
  rows: Cells[];
}

export type Document = Record<string, unknown>;

interface Node {
  id: string;
  name?: string;
  type: string;
  content: { inputs: Column[]; outputs: Column[]; rules: Cells[] };
}

const TABLE = "decisionTableNode";
export const WORDS = "_description";

function nodesOf(document: Document): Node[] {
  return Array.isArray(document.nodes) ? (document.nodes as Node[]) : [];
}

/** The tables of a document, in its order. */
export function tablesOf(document: Document): Table[] {
  return nodesOf(document)
    .filter((node) => node.type === TABLE)
    .map((node) => ({
      id: node.id,
      name: node.name ?? node.id,
      inputs: node.content.inputs.map(named),
      outputs: node.content.outputs.map(named),
      rows: node.content.rules,
    }));
}

function named(column: Column): Column {
  return { id: column.id, field: column.field, name: column.name || column.field };
}

type Content = Node["content"];

function changed(document: Document, table: string, change: (content: Content) => Content): Document {
  return {
    ...document,
    nodes: nodesOf(document).map((node) =>
      node.type === TABLE && node.id === table ? { ...node, content: change(node.content) } : node,
    ),
  };
}

/** One cell of one row, or its words, said otherwise. */
export function setCell(
  document: Document,
  table: string,
  row: number,
  key: string,
  value: string,
): Document {
  return changed(document, table, (content) => ({
    ...content,
    rules: content.rules.map((cells, at) => (at === row ? { ...cells, [key]: value } : cells)),
  }));
}

/** A row without conditions, put in before the row of that number. */
export function addRow(document: Document, table: string, at: number): Document {
  return changed(document, table, (content) => {
    const empty: Cells = { _id: fresh(content), [WORDS]: "" };
    for (const column of [...content.inputs, ...content.outputs]) empty[column.id] = "";
    return { ...content, rules: content.rules.toSpliced(at, 0, empty) };
  });
}

/** The same row once more, below; the name of a rule is left for its author, as each row has its own. */
export function duplicateRow(document: Document, table: string, row: number): Document {
  return changed(document, table, (content) => {
    const cells = content.rules[row];
    if (cells === undefined) return content;
    const twin: Cells = { ...cells, _id: fresh(content) };
    const rule = content.outputs.find((column) => column.field === "rule");
    if (rule !== undefined) twin[rule.id] = quoted(`${plain(cells[rule.id] ?? "")}_2`);
    return { ...content, rules: content.rules.toSpliced(row + 1, 0, twin) };
  });
}

export function removeRow(document: Document, table: string, row: number): Document {
  return changed(document, table, (content) => ({ ...content, rules: content.rules.toSpliced(row, 1) }));
}

/** A row moved to another place; the first row that holds decides. */
export function moveRow(document: Document, table: string, from: number, to: number): Document {
  return changed(document, table, (content) => {
    const cells = content.rules[from];
    if (cells === undefined || to < 0 || to >= content.rules.length) return content;
    return { ...content, rules: content.rules.toSpliced(from, 1).toSpliced(to, 0, cells) };
  });
}

/** One more column, empty in every row. */
export function addColumn(
  document: Document,
  table: string,
  kind: "inputs" | "outputs",
  field: string,
  name: string,
): Document {
  return changed(document, table, (content) => {
    const taken = new Set([...content.inputs, ...content.outputs].map((column) => column.id));
    let id = field;
    for (let number = 2; taken.has(id); number += 1) id = `${field}_${number}`;
    return {
      ...content,
      [kind]: [...content[kind], { id, field, name }],
      rules: content.rules.map((cells) => ({ ...cells, [id]: "" })),
    };
  });
}

export function removeColumn(document: Document, table: string, id: string): Document {
  return changed(document, table, (content) => ({
    ...content,
    inputs: content.inputs.filter((column) => column.id !== id),
    outputs: content.outputs.filter((column) => column.id !== id),
    rules: content.rules.map((cells) =>
      Object.fromEntries(Object.entries(cells).filter(([key]) => key !== id)),
    ),
  }));
}

function fresh(content: Content): string {
  const taken = new Set(content.rules.map((cells) => cells._id));
  let number = content.rules.length + 1;
  while (taken.has(`row-${number}`)) number += 1;
  return `row-${number}`;
}

/** The text of an output cell without its quotes. */
export function plain(cell: string): string {
  const text = cell.trim();
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

/** A text as an output cell has it; empty stays empty. */
export function quoted(text: string): string {
  return text.trim() === "" ? "" : `"${text.trim()}"`;
}

export interface Mistake {
  level: "error" | "note";
  where: string;
  what: string;
  fix: string;
}

/** What is wrong with one cell. The service names a column by its heading, its fact or its id. */
export function ofCell(mistakes: readonly Mistake[], table: Table, row: number, column: Column): Mistake[] {
  const places = new Set(
    [column.name, column.field, column.id].map((name) => `${table.name}, row ${row + 1}, column ${name}`),
  );
  return mistakes.filter((mistake) => places.has(mistake.where));
}

/** What is wrong with a row as a whole. */
export function ofRow(mistakes: readonly Mistake[], table: Table, row: number): Mistake[] {
  return mistakes.filter((mistake) => mistake.where === `${table.name}, row ${row + 1}`);
}

/** Whether two documents say the same in their tables. */
export function same(one: Document, other: Document): boolean {
  return JSON.stringify(tablesOf(one)) === JSON.stringify(tablesOf(other));
}
