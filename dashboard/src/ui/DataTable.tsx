import { Button } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDownload } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { type Cell, csv, download } from "@/lib/csv";

export interface Column<Row> {
  key: string;
  title: string;
  /** The plain value: for sorting, for CSV, and shown where `show` is not given. */
  value: (row: Row) => Cell;
  show?: (row: Row) => ReactNode;
  right?: boolean;
  /** Not to be sorted by. */
  fixed?: boolean;
  width?: number | string;
}

export interface Sorted {
  key: string;
  descending: boolean;
}

interface Props<Row> {
  /** What the table holds, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Sorted by the service: what it is sorted by, and what to do when a title is pressed. */
  sorted?: Sorted;
  onSort?: (by: Sorted) => void;
  /** At most so high; longer tables scroll inside and draw only what is seen. */
  height?: number;
  onRow?: (row: Row) => void;
  selected?: string | undefined;
  /** Shown below the last row, such as a button for more. */
  foot?: ReactNode;
}

const DRAWN_WHOLE = 60;
/** So many rows stand there without a scrollbar of their own. */
const FEW = 16;
const ROW = 41;

/** A table: sortable by its titles, drawn in part when long, usable by keyboard. */
export function DataTable<Row>(props: Props<Row>) {
  const { label, columns, rows, rowKey, height, onRow, selected, foot } = props;
  const [own, setOwn] = useState<Sorted | undefined>();
  const sorted = props.sorted ?? own;
  const shown = useMemo(
    () => (props.onSort === undefined && own !== undefined ? sortedRows(rows, columns, own) : rows),
    [rows, columns, own, props.onSort],
  );
  const frame = useRef<HTMLDivElement>(null);
  const long = shown.length > DRAWN_WHOLE;
  const drawn = useVirtualizer({
    count: long ? shown.length : 0,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const part = long ? drawn.getVirtualItems() : undefined;
  const above = part?.[0]?.start ?? 0;
  const below = part === undefined ? 0 : drawn.getTotalSize() - (part.at(-1)?.end ?? 0);
  const visible = part === undefined ? shown.map((row, index) => ({ row, index })) : pick(shown, part);

  function press(column: Column<Row>) {
    const descending = sorted?.key === column.key ? !sorted.descending : column.right === true;
    (props.onSort ?? setOwn)({ key: column.key, descending });
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of fields it is not, and each table a landmark would be too many
    <div
      ref={frame}
      role="group"
      className="table-frame"
      style={{ maxHeight: height ?? (shown.length > FEW ? 560 : undefined), overflowY: "auto" }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <table className="data-table" aria-rowcount={shown.length}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={column.right ? "right" : undefined}
                style={column.width === undefined ? undefined : { width: column.width }}
                aria-sort={
                  sorted?.key !== column.key ? undefined : sorted.descending ? "descending" : "ascending"
                }
              >
                {column.fixed ? (
                  column.title
                ) : (
                  <button type="button" onClick={() => press(column)}>
                    {column.title}
                    {sorted?.key !== column.key ? null : sorted.descending ? (
                      <IconArrowDown size={12} aria-hidden />
                    ) : (
                      <IconArrowUp size={12} aria-hidden />
                    )}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 ? <Gap height={above} columns={columns.length} /> : null}
          {visible.map(({ row, index }) => {
            const key = rowKey(row);
            return (
              <tr
                key={key}
                aria-rowindex={index + 1}
                aria-selected={selected === undefined ? undefined : selected === key}
                onClick={onRow === undefined ? undefined : () => onRow(row)}
                style={onRow === undefined ? undefined : { cursor: "pointer" }}
              >
                {columns.map((column) => (
                  <td key={column.key} className={column.right ? "right" : undefined}>
                    {column.show === undefined ? plain(column.value(row)) : column.show(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {below > 0 ? <Gap height={below} columns={columns.length} /> : null}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

function pick<Row>(rows: readonly Row[], part: readonly { index: number }[]): { row: Row; index: number }[] {
  return part.flatMap(({ index }) => {
    const row = rows[index];
    return row === undefined ? [] : [{ row, index }];
  });
}

function plain(value: Cell): ReactNode {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "number" ? value.toLocaleString("en-GB") : String(value);
}

function sortedRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], by: Sorted): readonly Row[] {
  const column = columns.find((one) => one.key === by.key);
  if (column === undefined) return rows;
  const sign = by.descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a, b] = [column.value(left), column.value(right)];
    if (a === b) return 0;
    if (a === null || a === undefined) return 1; // unknown ones last, either way
    if (b === null || b === undefined) return -1;
    return (
      (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))) * sign
    );
  });
}

/** Takes the rows of a table away as CSV. */
export function CsvButton<Row>({
  name,
  columns,
  rows,
}: {
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}) {
  const write = () =>
    download(
      `${name}.csv`,
      csv(
        columns.map((one) => one.title),
        rows.map((row) => columns.map((one) => one.value(row))),
      ),
    );
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      leftSection={<IconDownload size={14} aria-hidden />}
      onClick={write}
      disabled={rows.length === 0}
    >
      CSV
    </Button>
  );
}
