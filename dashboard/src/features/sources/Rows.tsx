import { Button, CopyButton, Group, Select, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { count, time } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Failure, Waiting } from "@/ui/states";
import { reasonWords } from "./words";

type Row = Schemas["SetAsideRow"];

export interface Filters {
  table?: string | undefined;
  reason?: string | undefined;
  source?: string | undefined;
}

interface Props {
  filters: Filters;
  counts: readonly Schemas["SetAsideCount"][];
  sources: readonly string[];
  onFilter: (filters: Filters) => void;
}

const line = (of: (row: Row) => string) => (row: Row) => <span className="nowrap">{of(row)}</span>;
const command = (row: Row) => `retinue quarantine show ${row.quarantine_id}`;

const COLUMNS: readonly Column<Row>[] = [
  { key: "table", title: "Table", value: (row) => row.table, fixed: true },
  { key: "column", title: "Column", value: (row) => row.column ?? "the whole row", fixed: true },
  {
    key: "reason",
    title: "Reason",
    value: (row) => row.reason,
    show: line((row) => reasonWords(row.reason)),
    fixed: true,
  },
  {
    key: "detail",
    title: "Problem",
    value: (row) => row.detail,
    show: line((row) => row.detail),
    fixed: true,
  },
  {
    key: "show",
    title: "Values",
    value: command,
    show: (row) => <Copy text={command(row)} />,
    fixed: true,
  },
  { key: "file", title: "File", value: (row) => row.file, show: line((row) => row.file), fixed: true },
  { key: "row", title: "Row", right: true, value: (row) => row.row, fixed: true },
  { key: "source", title: "Source", value: (row) => row.source, fixed: true },
  {
    key: "at",
    title: "Quarantined",
    value: (row) => row.quarantined_at,
    show: line((row) => time(row.quarantined_at)),
    fixed: true,
  },
];

function Copy({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          size="compact-xs"
          variant="subtle"
          title={text}
          aria-label={copied ? "Copied" : `Copy command: ${text}`}
          onClick={copy}
        >
          {copied ? "Copied" : "Copy command"}
        </Button>
      )}
    </CopyButton>
  );
}

/** The rows set aside one by one, page by page, by the filters of the address. */
export function Rows({ filters, counts, sources, onFilter }: Props) {
  const query = useMemo(() => {
    const { table, reason, source } = filters;
    return { ...(table && { table }), ...(reason && { reason }), ...(source && { source }), limit: 100 };
  }, [filters]);
  const found = usePages("/api/v1/quality/quarantine", { query });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.rows) ?? [], [found.data]);
  const total = found.data?.pages[0]?.total;
  const names = (of: (one: Schemas["SetAsideCount"]) => string) => [...new Set(counts.map(of))].sort();
  return (
    <Panel
      title="Quarantined rows in detail"
      lead={
        <>
          Values may be personal, so they stay in the warehouse. <code>retinue quarantine show ID</code> shows
          those of a row to whoever may open it.
        </>
      }
      flush
      actions={<CsvButton name="rows-set-aside" columns={COLUMNS} rows={rows} />}
    >
      <Group gap="xs" px="md" pb="sm" align="flex-end" className="filters">
        <Pick
          label="Table"
          value={filters.table}
          data={names((one) => one.table)}
          onChange={(table) => onFilter({ ...filters, table })}
        />
        <Pick
          label="Reason"
          value={filters.reason}
          data={names((one) => one.reason).map((value) => ({ value, label: reasonWords(value) }))}
          onChange={(reason) => onFilter({ ...filters, reason })}
        />
        <Pick
          label="Source"
          value={filters.source}
          data={sources}
          onChange={(source) => onFilter({ ...filters, source })}
        />
        {total === undefined ? null : (
          <Text size="sm" c="dimmed" pb={6} role="status">
            {count(total)} {total === 1 ? "row" : "rows"}
            {rows.length < total ? `, ${count(rows.length)} shown` : ""}
          </Text>
        )}
      </Group>
      {found.isPending ? (
        <Waiting />
      ) : found.isError ? (
        <div style={{ padding: "0 1rem 1rem" }}>
          <Failure error={found.error} retry={() => void found.refetch()} />
        </div>
      ) : rows.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">
          No quarantined rows match these filters.
        </Text>
      ) : (
        <DataTable
          label="Quarantined rows, one by one"
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => row.quarantine_id}
          height={440}
          foot={
            found.hasNextPage ? (
              <Group justify="center" p="xs">
                <Button
                  variant="default"
                  size="xs"
                  loading={found.isFetchingNextPage}
                  onClick={() => void found.fetchNextPage()}
                >
                  Show more rows
                </Button>
              </Group>
            ) : null
          }
        />
      )}
    </Panel>
  );
}

function Pick({
  label,
  value,
  data,
  onChange,
}: {
  label: string;
  value: string | undefined;
  data: readonly (string | { value: string; label: string })[];
  onChange: (value: string | undefined) => void;
}) {
  return (
    <Select
      label={label}
      placeholder="All"
      size="xs"
      w={200}
      clearable
      value={value ?? null}
      data={data}
      onChange={(picked) => onChange(picked ?? undefined)}
    />
  );
}
