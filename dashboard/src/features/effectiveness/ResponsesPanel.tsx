import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { count, interval, offerWords, percent, words } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./figures";

type Row = Figures["responses"][number];
const KINDS = [
  "delivered",
  "opened",
  "clicked",
  "redeemed",
  "bounced",
  "unsubscribed",
  "complained",
] as const;

function Part({ share }: { share: Schemas["Share"] }) {
  if (share.value === null) {
    return (
      <Text span c="dimmed" title={share.reason ?? undefined}>
        –<span className="hidden-text"> not reported</span>
      </Text>
    );
  }
  return (
    <span
      title={`${count(share.count)} of ${count(share.of)}; 95 % interval ${interval(share.low, share.high, percent)}`}
    >
      {percent(share.value)}
    </span>
  );
}

/** What came back of the messages, by incentive and channel. */
export function ResponsesPanel({ figures: { responses } }: { figures: Figures }) {
  const columns = useMemo(
    (): readonly Column<Row>[] => [
      {
        key: "incentive",
        title: "Incentive",
        value: (row) => offerWords(row.incentive),
        show: (row) => <span className="nowrap">{offerWords(row.incentive)}</span>,
      },
      { key: "channel", title: "Channel", value: (row) => words(row.channel) },
      {
        key: "messages",
        title: "Messages",
        value: (row) => row.messages,
        show: (row) => count(row.messages),
        right: true,
      },
      { key: "sent", title: "Sent", value: (row) => row.sent, show: (row) => count(row.sent), right: true },
      ...KINDS.map((kind) => ({
        key: kind,
        title: words(kind),
        value: (row: Row) => row[kind].value,
        show: (row: Row) => <Part share={row[kind]} />,
        right: true,
      })),
    ],
    [],
  );
  return (
    <Panel
      title="Customer responses"
      lead="Shares of the messages sent in the period. A dash: the channel does not report it."
      flush
      actions={<CsvButton name="responses" columns={columns} rows={responses} />}
    >
      {responses.length === 0 ? (
        <Empty
          title="No messages in this period"
          why="Once a campaign is approved and runs, what its channels tell of each message is here."
          to={{ label: "Campaigns", path: "/campaigns" }}
        />
      ) : (
        <DataTable
          label="Responses by incentive and channel"
          columns={columns}
          rows={responses}
          rowKey={(row) => `${row.incentive} ${row.channel}`}
        />
      )}
    </Panel>
  );
}
