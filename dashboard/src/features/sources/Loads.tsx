import { Anchor, SegmentedControl, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useParam } from "@/lib/address";
import { count, fromNow, time } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";

type SourceTable = Schemas["SourceTable"];

interface Props {
  found: Schemas["Sources"];
  onSetAside: (source: string, table: string) => void;
}

/** What came from which source into which table, and what became of its rows. */
export function Loads({ found, onSetAside }: Props) {
  const [of, setOf] = useParam("loads", "all");
  const columns = useMemo((): readonly Column<SourceTable>[] => {
    const rows = (row: SourceTable) => (of === "last" ? row.last : row.rows);
    const figure = (key: keyof Schemas["Counts"], title: string): Column<SourceTable> => ({
      key,
      title,
      right: true,
      value: (row) => rows(row)[key],
    });
    return [
      { key: "source", title: "Source", value: (row) => row.source },
      { key: "table", title: "Table", value: (row) => row.table },
      figure("read", "Rows read"),
      figure("loaded", "Loaded"),
      figure("corrected", "Corrected"),
      figure("unchanged", "Unchanged"),
      figure("left_out", "Left out"),
      {
        ...figure("quarantined", "Quarantined"),
        show: (row) =>
          rows(row).quarantined === 0 ? (
            "0"
          ) : (
            <Anchor
              component="button"
              type="button"
              size="sm"
              c="var(--retinue-link)"
              aria-label={`${count(rows(row).quarantined)} rows of ${row.table} from ${row.source} set aside: show them`}
              onClick={() => onSetAside(row.source, row.table)}
            >
              {count(rows(row).quarantined)}
            </Anchor>
          ),
      },
      { key: "files", title: "Files", right: true, value: (row) => row.files },
      { key: "loads", title: "Loads", right: true, value: (row) => row.loads },
      {
        key: "loaded_at",
        title: "Last load",
        value: (row) => row.loaded_at,
        show: (row) => (
          <span className="nowrap" title={time(row.loaded_at)}>
            {fromNow(row.loaded_at)}
          </span>
        ),
      },
    ];
  }, [of, onSetAside]);
  return (
    <Panel
      title="Loads"
      lead="Rows by source and table. Corrected: a newer version of a known row. Unchanged: known already. Left out: exact copies, and what the mapping leaves out. Quarantined: not loadable, kept with the reason."
      flush
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Rows of which loads"
          value={of}
          onChange={setOf}
          data={[
            { value: "all", label: "All loads" },
            { value: "last", label: "Last load" },
          ]}
        />
      }
    >
      <DataTable
        label="Sources and tables"
        columns={columns}
        rows={found.sources}
        rowKey={(row) => `${row.source} ${row.table}`}
      />
      <div
        style={{
          display: "flex",
          flexWrap: "wrap",
          justifyContent: "space-between",
          gap: 12,
          padding: "0.5rem 1rem",
        }}
      >
        <Waits waiting={found.waiting} />
        <CsvButton name="sources" columns={columns} rows={found.sources} />
      </div>
    </Panel>
  );
}

function Waits({ waiting }: { waiting: Record<string, number> }) {
  const outcomes = waiting.outcomes ?? 0;
  const events = waiting.events ?? 0;
  if (outcomes + events === 0) {
    return (
      <Text size="xs" c="dimmed">
        No report waits: every outcome and event that the service was told is loaded.
      </Text>
    );
  }
  return (
    <Text size="xs">
      {count(outcomes)} outcomes and {count(events)} events that the service was told wait for the next run,
      or for <code>retinue outcomes collect</code>.
    </Text>
  );
}
