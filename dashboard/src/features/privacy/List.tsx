import { Anchor, SegmentedControl, Select } from "@mantine/core";
import { useMemo } from "react";
import { useParam } from "@/lib/address";
import { fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked, Empty } from "@/ui/states";
import { Due, State, Whose } from "./marks";
import { KIND_NAMES, KINDS, type Request, stateWords } from "./words";

const STATES = {
  open: ["open", "working"],
  done: ["done"],
  refused: ["refused"],
  all: [],
} as const;

interface Props {
  opened: string;
  onOpen: (id: string) => void;
}

/** Requests by state, those that are due first. */
export function List({ opened, onOpen }: Props) {
  const [state, setState] = useParam("state", "open");
  const [kind, setKind] = useParam("kind");
  const wanted = STATES[state in STATES ? (state as keyof typeof STATES) : "open"];
  const found = useAsk(
    "/api/v1/privacy/requests",
    { query: { state: [...wanted], limit: 1000 } },
    { refetchInterval: 60_000, placeholderData: (before) => before },
  );
  const columns = useMemo(() => columnsOf(onOpen), [onOpen]);
  const shown = (requests: readonly Request[]) =>
    kind === "" ? requests : requests.filter((one) => one.kind === kind);
  return (
    <Panel
      title="Requests"
      lead="Soonest due first. By law each is answered within a month of receipt."
      flush
      actions={
        <CsvButton name="privacy-requests" columns={columns} rows={shown(found.data?.requests ?? [])} />
      }
    >
      <div style={{ display: "flex", flexWrap: "wrap", gap: 8, padding: "0 1rem 0.75rem" }}>
        <SegmentedControl
          size="xs"
          aria-label="State"
          value={state in STATES ? state : "open"}
          onChange={setState}
          data={[
            { value: "open", label: "Open" },
            { value: "done", label: "Answered" },
            { value: "refused", label: "Refused" },
            { value: "all", label: "All" },
          ]}
        />
        <Select
          size="xs"
          w={170}
          aria-label="Kind"
          placeholder="All kinds"
          clearable
          value={kind || null}
          data={KIND_NAMES.map((value) => ({ value, label: KINDS[value].short }))}
          onChange={(value) => setKind(value ?? undefined)}
        />
      </div>
      <Asked query={found}>
        {({ requests }) =>
          shown(requests).length === 0 ? (
            <Nothing state={state} />
          ) : (
            <DataTable
              label="Requests of customers about their data"
              columns={columns}
              rows={shown(requests)}
              rowKey={(row) => row.request_id}
              onRow={(row) => onOpen(row.request_id)}
              selected={opened || undefined}
            />
          )
        }
      </Asked>
    </Panel>
  );
}

function Nothing({ state }: { state: string }) {
  if (state === "open") {
    return (
      <Empty
        title="No open requests"
        why="When a customer asks for a copy, an explanation or erasure, or objects, record it with the day it came: the month runs from there. Use “New request” above."
      />
    );
  }
  return <Empty title="No requests match" why="No request is in this state. “All” shows every one." />;
}

function columnsOf(open: (id: string) => void): readonly Column<Request>[] {
  return [
    {
      key: "kind",
      title: "Request",
      value: (row) => KINDS[row.kind].short,
      show: (row) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          c="var(--retinue-link)"
          className="nowrap"
          title={KINDS[row.kind].asks}
          onClick={(event) => {
            event.stopPropagation();
            open(row.request_id);
          }}
        >
          {KINDS[row.kind].short}
        </Anchor>
      ),
    },
    {
      key: "customer",
      title: "Customer",
      value: (row) => row.customer_id,
      show: (row) => <Whose request={row} />,
    },
    { key: "state", title: "State", value: stateWords, show: (row) => <State request={row} /> },
    { key: "due", title: "Due", value: (row) => row.due_at, show: (row) => <Due request={row} /> },
    {
      key: "received",
      title: "Received",
      value: (row) => row.received_at,
      show: (row) => (
        <span className="nowrap" title={time(row.received_at)}>
          {fromNow(row.received_at)}
        </span>
      ),
    },
    { key: "by", title: "Recorded by", value: (row) => row.received_by },
    {
      key: "handled",
      title: "Handled by",
      value: (row) => row.handled_by,
      show: (row) => row.handled_by ?? "unassigned",
    },
    { key: "id", title: "ID", value: (row) => row.request_id },
  ];
}
