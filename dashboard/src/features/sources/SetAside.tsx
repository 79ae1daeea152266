import { Stack, Text } from "@mantine/core";
import { type CSSProperties, useMemo } from "react";
import type { Schemas } from "@/api/client";
import { count } from "@/lib/format";
import { type Column, CsvButton } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import styles from "./Matrix.module.css";
import { reasonWords } from "./words";

type Count = Schemas["SetAsideCount"];

interface Props {
  counts: readonly Count[];
  table: string | undefined;
  reason: string | undefined;
  onPick: (table: string | undefined, reason: string | undefined) => void;
}

const COLUMNS: readonly Column<Count>[] = [
  { key: "table", title: "Table", value: (row) => row.table },
  { key: "reason", title: "Reason", value: (row) => row.reason },
  { key: "rows", title: "Rows", right: true, value: (row) => row.rows },
];

/** Rows set aside, by reason and table; the warmer a cell, the more rows. A cell opens its rows. */
export function SetAside({ counts, table, reason, onPick }: Props) {
  const { tables, reasons, rows, most } = useMemo(() => crossed(counts), [counts]);
  return (
    <Panel
      title="Quarantined rows"
      lead="Rows that could not be loaded, by reason and table. Select a number to see its rows below."
      actions={<CsvButton name="set-aside" columns={COLUMNS} rows={counts} />}
    >
      {counts.length === 0 ? (
        <Text size="sm" c="dimmed">
          Every row that was read could be loaded.
        </Text>
      ) : (
        <Stack gap="xs">
          <section
            className="table-frame"
            aria-label="Quarantined rows by reason and table"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
          >
            <table className={styles.matrix}>
              <thead>
                <tr>
                  <th scope="col">Reason</th>
                  {tables.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {reasons.map((why) => (
                  <tr key={why}>
                    <th scope="row">{reasonWords(why)}</th>
                    {tables.map((name) => {
                      const many = rows.get(`${name} ${why}`);
                      const pressed = table === name && reason === why;
                      return (
                        <td key={name}>
                          {many === undefined ? (
                            <span className={styles.none}>0</span>
                          ) : (
                            <button
                              type="button"
                              className={styles.cell}
                              style={{ "--heat": heat(many, most) } as CSSProperties}
                              aria-pressed={pressed}
                              aria-label={`${count(many)} rows of ${name}: ${reasonWords(why)}`}
                              onClick={() => (pressed ? onPick(undefined, undefined) : onPick(name, why))}
                            >
                              {count(many)}
                            </button>
                          )}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <Text size="xs" c="dimmed">
            Rows of customers not known yet and rows in the future are tried again by every load. After a
            mapping was fixed: <code>retinue quarantine replay</code>.
          </Text>
        </Stack>
      )}
    </Panel>
  );
}

function crossed(counts: readonly Count[]) {
  const rows = new Map(counts.map((one) => [`${one.table} ${one.reason}`, one.rows]));
  return {
    rows,
    tables: heaviest(counts, (one) => one.table),
    reasons: heaviest(counts, (one) => one.reason),
    most: Math.max(1, ...counts.map((one) => one.rows)),
  };
}

/** Names by their rows in all, most first. */
function heaviest(counts: readonly Count[], of: (one: Count) => string): string[] {
  const sums = new Map<string, number>();
  for (const one of counts) sums.set(of(one), (sums.get(of(one)) ?? 0) + one.rows);
  return [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

/** Between 6 and 40, by orders of magnitude, so that small counts are seen beside large ones. */
function heat(many: number, most: number): number {
  return Math.round(6 + 34 * (Math.log1p(many) / Math.log1p(most)));
}
