import { Alert, Badge, Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useEffect, useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useParams } from "@/lib/address";
import { cents, count, offerWords, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked, Empty } from "@/ui/states";
import { Tile } from "@/ui/Tile";
import { differencesOf, reasonsOf } from "./foreseen";

type Preview = Schemas["Preview"];
type Row = Preview["actions"][number];

const WHATS: Record<Row["what"], { label: string; colour: string }> = {
  send: { label: "Would be sent", colour: "teal" },
  wait: { label: "Would wait", colour: "indigo" },
  review: { label: "Needs review", colour: "yellow" },
  not: { label: "Excluded", colour: "gray" },
};

interface Props {
  campaign: Schemas["Campaign"];
  currency: string;
  /** Called with the hash of the plan whose dry run is on the screen. */
  onSeen: (sha: string) => void;
}

/** What starting it now would send, to whom not, and why. Nothing is sent by looking. */
export function DryRun({ campaign, currency, onSeen }: Props) {
  const id = { path: { campaign_id: campaign.campaign_id } };
  const planned = campaign.plan_sha256 !== null;
  // Asked anew each time one comes here: consents, quiet hours and money change.
  const found = useAsk("/api/v1/campaigns/{campaign_id}/preview", id, { enabled: planned, staleTime: 0 });
  const plan = useAsk("/api/v1/campaigns/{campaign_id}/plan", id, { enabled: planned });
  const sha = found.data?.plan_sha256;
  useEffect(() => {
    if (sha) onSeen(sha);
  }, [sha, onSeen]);
  if (!planned) {
    return (
      <Panel title="Dry run">
        <Empty
          title="No dry run yet"
          why="A plan says who would get what through which channel. Planning sends nothing."
          command={`retinue campaign plan ${campaign.campaign_id}`}
        />
      </Panel>
    );
  }
  return (
    <Asked query={found}>
      {(preview) => (
        <Stack gap="md">
          <Alert
            variant="light"
            color="indigo"
            icon={<IconEye aria-hidden />}
            title="Preview: nothing was sent"
          >
            <Text size="sm">
              The same checks as when sending, as of now: consent, suppressed addresses, quiet hours, limits
              and budget.{" "}
              <Button
                size="compact-xs"
                variant="subtle"
                loading={found.isFetching}
                onClick={() => void found.refetch()}
              >
                Refresh
              </Button>
            </Text>
          </Alert>
          {preview.plan_sha256 === campaign.plan_sha256 ? null : (
            <Alert color="yellow" role="alert" title="There is a newer plan">
              <Text size="sm">This dry run is of the plan {(preview.plan_sha256 ?? "").slice(0, 12)}.</Text>
            </Alert>
          )}
          <Differences preview={preview} plan={plan.data} />
          <Counts preview={preview} currency={currency} />
          <Rows campaign={campaign.campaign_id} preview={preview} currency={currency} />
        </Stack>
      )}
    </Asked>
  );
}

function Differences({ preview, plan }: { preview: Preview; plan: Schemas["Plan"] | undefined }) {
  const found = plan === undefined ? [] : differencesOf(plan, preview);
  if (found.length === 0) return null;
  return (
    <Alert color="yellow" title="Since it was planned">
      {found.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </Alert>
  );
}

function Counts({ preview, currency }: { preview: Preview; currency: string }) {
  const number = (what: Row["what"]) => preview.counts[what] ?? 0;
  return (
    <div className="tiles">
      <Tile
        label="Would be sent"
        value={count(number("send"))}
        note={`for ${cents(preview.cents, currency)}, with what waits`}
      />
      <Tile label="Would wait" value={count(number("wait"))} note="until quiet hours end" />
      <Tile label="Needs review" value={count(number("review"))} note="each is sent once approved" />
      <Tile label="Excluded" value={count(number("not"))} note="for the reasons below" />
    </div>
  );
}

function Rows({ campaign, preview, currency }: { campaign: string; preview: Preview; currency: string }) {
  const [{ what, why }, set] = useParams(["what", "why"]);
  const reasons = useMemo(() => reasonsOf(preview.actions), [preview.actions]);
  const rows = useMemo(
    () =>
      preview.actions.filter(
        (row) => (what === undefined || row.what === what) && (why === undefined || row.why === why),
      ),
    [preview.actions, what, why],
  );
  const columns = columnsOf(currency);
  return (
    <>
      {reasons.length === 0 ? null : (
        <Panel title="Why some are excluded" lead="Select a reason to see only those customers">
          <Group gap="xs">
            {reasons.map(([reason, number]) => (
              <Button
                key={reason}
                size="compact-sm"
                variant={why === reason ? "filled" : "default"}
                aria-pressed={why === reason}
                onClick={() => set({ why: why === reason ? undefined : reason, what: undefined })}
              >
                {reason} ({count(number)})
              </Button>
            ))}
          </Group>
        </Panel>
      )}
      <Panel
        title="Who would get what"
        lead={
          rows.length === preview.actions.length
            ? `${count(rows.length)} customers with an offer`
            : `${count(rows.length)} of ${count(preview.actions.length)} customers with an offer`
        }
        flush
        actions={
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label="Only those"
              value={what ?? "all"}
              onChange={(chosen) => set({ what: chosen === "all" ? undefined : chosen, why: undefined })}
              data={[
                { value: "all", label: "All" },
                { value: "send", label: "Sent" },
                { value: "wait", label: "Wait" },
                { value: "review", label: "Review" },
                { value: "not", label: "Excluded" },
              ]}
            />
            <CsvButton name={`${campaign}-dry-run`} columns={columns} rows={rows} />
          </Group>
        }
      >
        {rows.length === 0 ? (
          <Empty
            title="No customers match"
            why="No customer of this plan matches what is selected."
            action={
              <Button variant="light" onClick={() => set({ what: undefined, why: undefined })}>
                Show all
              </Button>
            }
          />
        ) : (
          <DataTable
            label="Who would get what"
            columns={columns}
            rows={rows}
            rowKey={(row) => row.decision_id}
            height={520}
          />
        )}
      </Panel>
    </>
  );
}

function columnsOf(currency: string): Column<Row>[] {
  return [
    {
      key: "customer_id",
      title: "Customer",
      value: (row) => row.customer_id,
      show: (row) => <CustomerLink id={row.customer_id} />,
    },
    {
      key: "what",
      title: "What happens",
      value: (row) => WHATS[row.what].label,
      show: (row) => (
        <Badge className="mark" color={WHATS[row.what].colour}>
          {WHATS[row.what].label}
        </Badge>
      ),
    },
    {
      key: "incentive_id",
      title: "Offer",
      value: (row) => row.incentive_id,
      show: (row) => offerWords(row.incentive_id),
    },
    {
      key: "cents",
      title: "Cost",
      value: (row) => row.cents / 100,
      show: (row) => cents(row.cents, currency),
      right: true,
    },
    {
      key: "channels",
      title: "Channels",
      value: (row) => row.channels.join(", "),
      show: (row) => (row.channels.length === 0 ? <Quiet text="none" /> : row.channels.map(words).join(", ")),
    },
    {
      key: "why",
      title: "Why",
      value: (row) => row.why,
      show: (row) =>
        row.why ? <span className="sentence">{row.why}</span> : <Quiet text="all checks passed" />,
    },
  ];
}

function Quiet({ text }: { text: string }) {
  return (
    <Text span size="sm" c="dimmed">
      {text}
    </Text>
  );
}
