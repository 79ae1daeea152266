import { Anchor, Button, Group, Text } from "@mantine/core";
import { useMemo } from "react";
import { useParam, useParams } from "@/lib/address";
import { count, fromNow, time } from "@/lib/format";
import { usePages } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty, Failure, Waiting } from "@/ui/states";
import { Detail } from "./Detail";
import { FILTERS, Filters } from "./Filters";
import { type AuditRecord, actionWords, inShort } from "./words";

/** The records that were looked for, newest first, page by page. */
export function Records() {
  const [given, setGiven] = useParams(FILTERS);
  const [opened, setOpened] = useParam("record");
  const query = useMemo(() => {
    const { since, until, ...plain } = given;
    return {
      ...plain,
      ...(since && { since: utc(since) }),
      ...(until && { until: utc(until) }),
      limit: 200,
    };
  }, [given]);
  const found = usePages("/api/v1/audit/records", { query });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.records) ?? [], [found.data]);
  const columns = useMemo((): readonly Column<AuditRecord>[] => columnsOf(setOpened), [setOpened]);
  const filtered = FILTERS.some((name) => given[name] !== undefined);
  return (
    <Panel
      title="Records"
      lead="Newest first. Only IDs, hashes and numbers: never names, addresses or free text."
      flush
      actions={<CsvButton name="audit" columns={[...columns, ...CHAIN]} rows={rows} />}
    >
      <Filters
        key={FILTERS.map((name) => given[name] ?? "").join("\n")}
        given={given}
        onSearch={(filters) => setGiven(filters)}
      />
      {found.isPending ? (
        <Waiting lines={8} />
      ) : found.isError ? (
        <div style={{ padding: "0 1rem 1rem" }}>
          <Failure error={found.error} retry={() => void found.refetch()} />
        </div>
      ) : rows.length === 0 ? (
        filtered ? (
          <Text size="sm" c="dimmed" px="md" pb="md" role="status">
            No records match. Remove a filter, or give the start of an action with a dot, such as campaign.
          </Text>
        ) : (
          <Empty title="No records yet" why="The first run writes the first record." command="retinue run" />
        )
      ) : (
        <>
          <DataTable
            label="Records of the trail"
            columns={columns}
            rows={rows}
            rowKey={(row) => String(row.number)}
            onRow={(row) => setOpened(String(row.number))}
            selected={opened || undefined}
            height={640}
          />
          <Group justify="space-between" px="md" py="xs">
            <Text size="xs" c="dimmed" role="status">
              {count(rows.length)} records shown{found.hasNextPage ? "; there are more" : ""}
            </Text>
            {found.hasNextPage ? (
              <Button
                variant="default"
                size="xs"
                loading={found.isFetchingNextPage}
                onClick={() => void found.fetchNextPage()}
              >
                Show older records
              </Button>
            ) : null}
          </Group>
        </>
      )}
      <Detail
        record={rows.find((row) => String(row.number) === opened)}
        onClose={() => setOpened(undefined)}
      />
    </Panel>
  );
}

/** A time as the field has it, in UTC. */
function utc(local: string): string {
  return `${local.length === 16 ? `${local}:00` : local}Z`;
}

/** Only in the CSV. */
const CHAIN: readonly Column<AuditRecord>[] = [
  { key: "previous", title: "Hash before", value: (row) => row.previous },
  { key: "hash", title: "Hash", value: (row) => row.hash },
];

function columnsOf(open: (number: string) => void): readonly Column<AuditRecord>[] {
  return [
    { key: "number", title: "Record", right: true, value: (row) => row.number, fixed: true },
    {
      key: "at",
      title: "When",
      value: (row) => row.at,
      show: (row) => (
        <span className="nowrap" title={fromNow(row.at)}>
          {time(row.at)}
        </span>
      ),
      fixed: true,
    },
    { key: "actor", title: "Who", value: (row) => row.actor, fixed: true },
    {
      key: "action",
      title: "Action",
      value: (row) => row.action,
      show: (row) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          c="var(--retinue-link)"
          className="nowrap"
          title={row.action}
          onClick={(event) => {
            event.stopPropagation();
            open(String(row.number));
          }}
        >
          {actionWords(row.action)}
        </Anchor>
      ),
      fixed: true,
    },
    { key: "kind", title: "Kind", value: (row) => row.kind, fixed: true },
    {
      key: "object",
      title: "Subject",
      value: (row) => row.object,
      show: (row) => (
        <span className="nowrap" title={row.object}>
          {row.object.length > 32 ? `${row.object.slice(0, 30)}…` : row.object}
        </span>
      ),
      fixed: true,
    },
    {
      key: "detail",
      title: "Details",
      value: (row) => JSON.stringify(row.detail),
      show: (row) => (
        <Text size="xs" c="dimmed" span className="nowrap">
          {inShort(row) || "none"}
        </Text>
      ),
      fixed: true,
    },
  ];
}
