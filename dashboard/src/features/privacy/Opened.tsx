import { Alert, Anchor, Code, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Drawer } from "@/ui/Dialog";
import { Asked, Command } from "@/ui/states";
import { Certificate } from "./Certificate";
import styles from "./Facts.module.css";
import { letterOf, resultOf } from "./files";
import { Due, State, Whose } from "./marks";
import { Refuse } from "./Refuse";
import { Came, Steps } from "./Steps";
import { Take } from "./Take";
import { isErased, isOpen, KINDS, type Request } from "./words";

/** One request: what was asked, what became of it, and what is to hand out. */
export function Opened({ id, onClose }: { id: string; onClose: () => void }) {
  const found = useAsk(
    "/api/v1/privacy/requests/{request_id}",
    { path: { request_id: id } },
    {
      refetchInterval: ({ state }) => (state.data !== undefined && isOpen(state.data) ? 15_000 : false),
    },
  );
  const title = found.data === undefined ? "Request" : KINDS[found.data.kind].asks;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={title}
      closeButtonProps={{ "aria-label": "Close the request" }}
    >
      <Asked query={found}>{(request) => <Whole request={request} />}</Asked>
    </Drawer>
  );
}

function Whole({ request }: { request: Request }) {
  const open = isOpen(request);
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <State request={request} />
        <Text size="sm" c="dimmed">
          {KINDS[request.kind].short}, {KINDS[request.kind].article}
        </Text>
      </Group>
      <dl className={styles.facts}>
        <dt>Customer</dt>
        <dd>
          <Whose request={request} />
          {isErased(request) ? (
            <Text size="xs" c="dimmed">
              On the erasure list as <Code fz="xs">{request.customer_id}</Code>
            </Text>
          ) : null}
        </dd>
        <dt>Due</dt>
        <dd>
          <Due request={request} />
          {open ? (
            <Text size="xs" c="dimmed">
              {time(request.due_at)}, a month after it was received
            </Text>
          ) : (
            <Text size="xs" c="dimmed">
              {time(request.closed_at)}, was due {time(request.due_at)}
            </Text>
          )}
        </dd>
        <dt>Received</dt>
        <dd title={fromNow(request.received_at)}>{time(request.received_at)}</dd>
        {request.subject === null ? null : (
          <>
            <dt>Decision</dt>
            <dd>
              <Code>{request.subject}</Code>
            </dd>
          </>
        )}
        <dt>Request</dt>
        <dd>
          <Code>{request.request_id}</Code>
        </dd>
      </dl>
      <Outcome request={request} />
      <section>
        <Text fw={600} size="sm" mb="xs">
          History
        </Text>
        <Steps request={request} />
      </section>
      {open ? <Refuse key={request.request_id} requestId={request.request_id} /> : null}
    </Stack>
  );
}

function Outcome({ request }: { request: Request }) {
  const failed = typeof request.detail.failed === "string" && request.state !== "done";
  return (
    <Stack gap="sm">
      {failed ? (
        <Alert color="red" variant="light" title="It could not be answered yet">
          <Came request={request} />
        </Alert>
      ) : (
        <Came request={request} />
      )}
      <Waits request={request} />
      <Results request={request} />
      {isErased(request) ? null : (
        <Text size="sm">
          <Anchor
            component={Link}
            to={`/customers/${encodeURIComponent(request.customer_id)}`}
            c="var(--retinue-link)"
          >
            Consent and timeline of this customer
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

/** Who answers it, while nobody has. */
function Waits({ request }: { request: Request }) {
  const may = useMay()("reviews.read");
  if (!isOpen(request)) return null;
  if (request.kind === "review") {
    return (
      <Text size="sm">
        It waits in the review queue under its own id.{" "}
        {may ? (
          <Anchor component={Link} to="/" underline="always" c="var(--retinue-link)">
            To the queue
          </Anchor>
        ) : (
          "A colleague who works the queue answers it."
        )}
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>
        Where no <code>retinue worker</code> runs, this answers what is open:
      </Text>
      <Command text="retinue privacy answer" />
    </div>
  );
}

/** What can be handed out. */
function Results({ request }: { request: Request }) {
  const may = useMay();
  const { kind, state, request_id: id } = request;
  if (state === "refused") return null;
  if (kind === "erasure") return state === "done" ? <Certificate requestId={id} /> : null;
  if (kind === "access") {
    if (state !== "done") return null;
    return may("pii.read") ? (
      <div>
        <Take label="Download the copy" name={`copy-${id}.zip`} get={() => resultOf(id)} />
        <Text size="xs" c="dimmed" mt={4}>
          Downloads are logged. The copy is kept for the days of <code>retention.answers</code>.
        </Text>
        {request.result_sha256 === null ? null : (
          <Text size="xs" c="dimmed">
            SHA-256{" "}
            <Code fz="xs" style={{ overflowWrap: "anywhere" }}>
              {request.result_sha256}
            </Code>
          </Text>
        )}
      </div>
    ) : (
      <Text size="sm" c="dimmed">
        The copy is ready. Fetching it needs the permission to read personal data (role DPO).
      </Text>
    );
  }
  if ((kind === "explanation" || kind === "review") && !isErased(request)) {
    const subject = request.subject ?? request.customer_id;
    return (
      <Group gap="xs">
        <Take label="Letter (HTML)" name={`letter-${id}.html`} get={() => resultOf(id)} />
        <Take label="Letter (PDF)" name={`letter-${id}.pdf`} get={() => letterOf(subject, "pdf")} />
      </Group>
    );
  }
  return null;
}
