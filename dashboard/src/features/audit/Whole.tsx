import { Alert, Button, Code, List, Stack, Text } from "@mantine/core";
import { IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { answered, type Schemas } from "@/api/client";
import { count, fromNow, time, words } from "@/lib/format";
import { service, useAct, useAsk } from "@/lib/service";
import { Panel } from "@/ui/Panel";
import { Asked, Command, Failure } from "@/ui/states";
import { Tile } from "@/ui/Tile";

type Verdict = Schemas["TrailVerdict"];
type Status = Schemas["AuditStatus"];

/** Where the chain ends, who vouches for it, and whether it is whole. */
export function Whole() {
  const status = useAsk("/api/v1/audit/status");
  const last = useAsk("/api/v1/audit/records", { query: { action: "audit.verified", limit: 1 } });
  const verify = useAct(() => answered(service.POST("/api/v1/audit/verify", {})), ["/api/v1/audit"]);
  return (
    <Asked query={status}>
      {(found) => (
        <>
          <div className="tiles">
            <Tile
              label="Records"
              definition="Who did what to what, and when. Records are only ever added."
              value={count(found.records)}
              note={found.head === null ? "No record yet" : `Ends with ${found.head.slice(0, 12)}…`}
            />
            <Vouched status={found} />
            <LastVerified record={last.data?.records[0]} asked={last.data !== undefined} />
          </div>
          <Panel
            title="Integrity"
            lead="Recomputes every hash and compares every link, signed checkpoint and run file."
            actions={
              <Button
                loading={verify.isPending}
                onClick={() => verify.mutate(undefined)}
                leftSection={<IconShieldCheck size={16} aria-hidden />}
              >
                Verify now
              </Button>
            }
          >
            <Stack gap="md">
              <div role="status">
                {verify.isPending ? (
                  <Text size="sm">
                    {count(found.records)} records are being verified. A million take about ten seconds.
                  </Text>
                ) : verify.data !== undefined ? (
                  <Told verdict={verify.data} />
                ) : null}
              </div>
              {verify.isError && !verify.isPending ? (
                <Failure title="Verification failed" error={verify.error} />
              ) : null}
              <Without keyOfTrail={found.key} />
            </Stack>
          </Panel>
        </>
      )}
    </Asked>
  );
}

function Vouched({ status }: { status: Status }) {
  const after = status.records - status.covered;
  return (
    <Tile
      label="Signed up to record"
      definition="A checkpoint signs how many records there are and the last hash, so that an end cut off, or a chain written anew, is found."
      value={status.checkpoint_at === null ? "None yet" : count(status.covered)}
      note={
        status.checkpoint_at === null ? (
          <>
            Signed after each run, or by <code>retinue audit checkpoint</code>
          </>
        ) : (
          <span title={time(status.checkpoint_at)}>
            Signed {fromNow(status.checkpoint_at)}
            {after > 0 ? `; ${count(after)} newer records wait for the next` : ""}
          </span>
        )
      }
    />
  );
}

function LastVerified({
  record,
  asked,
}: {
  record: Schemas["AuditRecordShown"] | undefined;
  asked: boolean;
}) {
  if (record === undefined) {
    return (
      <Tile
        label="Last verified"
        value={asked ? "Never" : undefined}
        note={asked ? "Press “Verify now”" : undefined}
      />
    );
  }
  const whole = record.detail.whole === true;
  return (
    <Tile
      label="Last verified"
      value={whole ? "Intact" : "Broken"}
      note={
        <span title={time(record.at)}>
          {fromNow(record.at)}, by {record.actor}
          {typeof record.detail.records === "number" ? `; ${count(record.detail.records)} records` : ""}
        </span>
      }
    />
  );
}

function Told({ verdict }: { verdict: Verdict }) {
  if (verdict.whole) {
    return (
      <Alert
        color="teal"
        variant="light"
        icon={<IconShieldCheck aria-hidden />}
        title="The audit log is intact"
      >
        {count(verdict.records)} records and {count(verdict.checkpoints)} checkpoints are as they were
        written. Checkpoints cover records up to {count(verdict.covered)}.
      </Alert>
    );
  }
  const many = verdict.breaks.length + verdict.more;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconShieldX aria-hidden />}
      title={`The audit log is broken: ${count(many)} ${many === 1 ? "break" : "breaks"}`}
      role="alert"
    >
      <List size="sm" spacing={4}>
        {verdict.breaks.slice(0, 50).map((one) => (
          <List.Item key={`${one.kind} ${one.first} ${one.words}`}>
            <strong>
              {words(one.kind)},{" "}
              {one.first === one.last ? `record ${one.first}` : `records ${one.first} to ${one.last}`}:
            </strong>{" "}
            {one.words}
          </List.Item>
        ))}
      </List>
      {many > 50 ? (
        <Text size="sm" mt={4}>
          And {count(many - 50)} more: <code>retinue audit verify</code> names them.
        </Text>
      ) : null}
      <Text size="sm" mt="xs">
        Keep the store as it is, and compare it with a copy from before.
      </Text>
    </Alert>
  );
}

/** How somebody who trusts nobody here verifies. */
function Without({ keyOfTrail }: { keyOfTrail: string | null }) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        Verify without trusting this service
      </Text>
      <Text size="sm" c="dimmed">
        Export the trail, then check it on another machine with <code>docs/verify_audit.py</code>: forty lines
        of Python that know nothing of Retinue. Take the key that was noted before, not the one shown here.
      </Text>
      <Command text="retinue audit export trail.jsonl" />
      <Command text="python verify_audit.py trail.jsonl KEY" />
      {keyOfTrail === null ? null : (
        <Text size="xs" c="dimmed">
          Key of this trail:{" "}
          <Code fz="xs" style={{ overflowWrap: "anywhere" }}>
            {keyOfTrail}
          </Code>
        </Text>
      )}
    </Stack>
  );
}
