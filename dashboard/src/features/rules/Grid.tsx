import { ActionIcon, Button, Group, Menu, NativeSelect, Textarea, TextInput } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconColumnInsertRight,
  IconCopy,
  IconPlus,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import type { Schemas } from "@/api/client";
import { words as inPlain } from "@/lib/format";
import { Panel } from "@/ui/Panel";
import {
  addColumn,
  addRow,
  type Column,
  type Document,
  duplicateRow,
  type Mistake,
  moveRow,
  ofCell,
  ofRow,
  plain,
  quoted,
  removeColumn,
  removeRow,
  setCell,
  type Table,
  tablesOf,
  WORDS,
} from "./document";
import { givesWords } from "./inWords";
import styles from "./Rules.module.css";

interface Props {
  document: Document;
  onChange: (document: Document) => void;
  mistakes: readonly Mistake[];
  facts: Schemas["RuleFacts"];
}

const MONO = { input: styles.mono ?? "" };

/** The tables of rules to edit: a field for each condition and each outcome, checked as one types. */
export function Grid({ document, onChange, mistakes, facts }: Props) {
  const tables = tablesOf(document);
  const given = new Set(tables.flatMap((table) => table.outputs.map((column) => column.field)));
  return tables.map((table) => (
    <Panel
      key={table.id}
      title={table.name}
      lead="Conditions on the left, outcomes on the shaded right. An empty condition matches everybody."
      flush
      actions={
        <Group gap="xs">
          <ColumnMenu
            table={table}
            facts={facts}
            given={given}
            onAdd={(kind, field, name) => onChange(addColumn(document, table.id, kind, field, name))}
          />
          <Button
            size="xs"
            variant="light"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onChange(addRow(document, table.id, Math.max(0, table.rows.length - 1)))}
          >
            Add a row
          </Button>
        </Group>
      }
    >
      <div className="table-frame">
        <table className={styles.grid}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              {table.inputs.map((column) => (
                <Heading
                  key={column.id}
                  column={column}
                  title={facts.facts.find((fact) => fact.name === column.field)?.words}
                  onRemove={() => onChange(removeColumn(document, table.id, column.id))}
                />
              ))}
              {table.outputs.map((column) => (
                <Heading
                  key={column.id}
                  column={column}
                  gives
                  title={facts.outputs.find((output) => output.name === column.field)?.words}
                  onRemove={
                    column.field === "route" || column.field === "rule" || table.outputs.length === 1
                      ? undefined
                      : () => onChange(removeColumn(document, table.id, column.id))
                  }
                />
              ))}
              <th scope="col">Reason, in words</th>
              <th scope="col">
                <span className="hidden-text">Move, copy or remove the row</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => {
              const set = (key: string, value: string) =>
                onChange(setCell(document, table.id, at, key, value));
              const wrong = ofRow(mistakes, table, at).filter((mistake) => mistake.level === "error");
              const label = (name: string) => `${table.name}, row ${at + 1}, ${name}`;
              return (
                <tr key={row._id ?? at}>
                  <td className={styles.number}>{at + 1}</td>
                  {table.inputs.map((column) => (
                    <td key={column.id} className={styles.cell}>
                      <TextInput
                        size="xs"
                        aria-label={label(column.name)}
                        placeholder="any"
                        value={row[column.id] ?? ""}
                        error={said(ofCell(mistakes, table, at, column))}
                        onChange={(event) => set(column.id, event.currentTarget.value)}
                        list={listOf(facts, column)}
                        spellCheck={false}
                        classNames={MONO}
                      />
                    </td>
                  ))}
                  {table.outputs.map((column) => (
                    <td key={column.id} className={`${styles.outcome} ${styles.gives}`}>
                      <Outcome
                        label={label(column.name)}
                        field={column.field}
                        cell={row[column.id] ?? ""}
                        choices={facts.outputs.find((output) => output.name === column.field)?.values ?? null}
                        error={said(ofCell(mistakes, table, at, column))}
                        onChange={(value) => set(column.id, value)}
                      />
                    </td>
                  ))}
                  <td className={styles.words}>
                    <Textarea
                      size="xs"
                      autosize
                      minRows={1}
                      maxRows={4}
                      aria-label={label("reason in words")}
                      placeholder="What a person is told of it"
                      value={row[WORDS] ?? ""}
                      error={said(wrong)}
                      onChange={(event) => set(WORDS, event.currentTarget.value)}
                    />
                  </td>
                  <td>
                    <RowActs
                      name={`row ${at + 1} of ${table.name}`}
                      first={at === 0}
                      last={at === table.rows.length - 1}
                      only={table.rows.length === 1}
                      onMove={(by) => onChange(moveRow(document, table.id, at, at + by))}
                      onCopy={() => onChange(duplicateRow(document, table.id, at))}
                      onRemove={() => onChange(removeRow(document, table.id, at))}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {facts.facts
        .filter((fact) => fact.values !== null)
        .map((fact) => (
          <datalist key={fact.name} id={`${table.id}-${fact.name}`}>
            {fact.values?.map((value) => (
              <option key={value} value={`"${value}"`} />
            ))}
          </datalist>
        ))}
    </Panel>
  ));

  function listOf(known: Schemas["RuleFacts"], column: Column): string | undefined {
    const fact = known.facts.find((one) => one.name === column.field);
    const table = tables.find((one) => one.inputs.some((input) => input.id === column.id));
    return fact?.values ? `${table?.id}-${fact.name}` : undefined;
  }
}

/** The first thing that is wrong, with what to do. */
function said(mistakes: readonly Mistake[]): string | undefined {
  const first = mistakes.find((mistake) => mistake.level === "error");
  if (first === undefined) return undefined;
  return first.fix ? `${first.what}: ${first.fix}` : first.what;
}

interface HeadingProps {
  column: Column;
  gives?: boolean;
  title: string | undefined;
  onRemove: (() => void) | undefined;
}

function Heading({ column, gives = false, title, onRemove }: HeadingProps) {
  return (
    <th scope="col" title={title} className={gives ? styles.gives : undefined}>
      <Group gap={2} wrap="nowrap">
        {column.name}
        {onRemove === undefined ? null : (
          <ActionIcon
            size="xs"
            variant="subtle"
            color="gray"
            aria-label={`Remove the column ${column.name}`}
            onClick={onRemove}
          >
            <IconX size={12} aria-hidden />
          </ActionIcon>
        )}
      </Group>
    </th>
  );
}

interface OutcomeProps {
  label: string;
  field: string;
  cell: string;
  choices: string[] | null;
  error: string | undefined;
  onChange: (cell: string) => void;
}

function Outcome({ label, field, cell, choices, error, onChange }: OutcomeProps) {
  const value = plain(cell);
  if (choices !== null || field === "suppress") {
    const known = choices ?? ["true"];
    const empty =
      field === "route" ? "Choose…" : field === "urgency" ? "By the settings" : "As the route says";
    return (
      <NativeSelect
        size="xs"
        aria-label={label}
        value={value}
        error={error}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          onChange(field === "suppress" ? chosen : quoted(chosen));
        }}
        data={[
          { value: "", label: empty },
          ...[...new Set([...known, ...(value === "" ? [] : [value])])].map((one) => ({
            value: one,
            label: givesWords(field, field === "suppress" ? one : quoted(one)) || one,
          })),
        ]}
      />
    );
  }
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={field === "rule" ? "its_name" : "1"}
      value={value}
      error={error}
      spellCheck={false}
      classNames={MONO}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        onChange(field === "rule" ? quoted(typed) : typed);
      }}
    />
  );
}

interface RowActsProps {
  name: string;
  first: boolean;
  last: boolean;
  only: boolean;
  onMove: (by: -1 | 1) => void;
  onCopy: () => void;
  onRemove: () => void;
}

function RowActs({ name, first, last, only, onMove, onCopy, onRemove }: RowActsProps) {
  return (
    <Group gap={0} wrap="nowrap">
      <ActionIcon
        size={24}
        variant="subtle"
        color="gray"
        aria-label={`Move ${name} up`}
        disabled={first}
        onClick={() => onMove(-1)}
      >
        <IconArrowUp size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon
        size={24}
        variant="subtle"
        color="gray"
        aria-label={`Move ${name} down`}
        disabled={last}
        onClick={() => onMove(1)}
      >
        <IconArrowDown size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon size={24} variant="subtle" color="gray" aria-label={`Copy ${name}`} onClick={onCopy}>
        <IconCopy size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon
        size={24}
        variant="subtle"
        color="red"
        aria-label={`Remove ${name}`}
        disabled={only}
        onClick={onRemove}
      >
        <IconTrash size={15} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

interface ColumnMenuProps {
  table: Table;
  facts: Schemas["RuleFacts"];
  given: ReadonlySet<string>;
  onAdd: (kind: "inputs" | "outputs", field: string, name: string) => void;
}

function ColumnMenu({ table, facts, given, onAdd }: ColumnMenuProps) {
  const free = facts.facts.filter((fact) => !table.inputs.some((column) => column.field === fact.name));
  const outputs = facts.outputs.filter((output) => !given.has(output.name));
  return (
    <Menu position="bottom-end" width={320} withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconColumnInsertRight size={14} aria-hidden />}
          aria-label={`Add a column to ${table.name}`}
        >
          Add a column
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Label>Ask about</Menu.Label>
        {free.map((fact) => (
          <Menu.Item key={fact.name} onClick={() => onAdd("inputs", fact.name, inPlain(fact.name))}>
            {inPlain(fact.name)}: {fact.words}
          </Menu.Item>
        ))}
        {outputs.length === 0 ? null : <Menu.Label>Give</Menu.Label>}
        {outputs.map((output) => (
          <Menu.Item key={output.name} onClick={() => onAdd("outputs", output.name, inPlain(output.name))}>
            {inPlain(output.name)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
