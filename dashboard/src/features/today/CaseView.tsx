import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconListDetails } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { causeInWords } from "@/lib/causes";
import { cents, decimal, fromNow, interval, money, offerInWords, percent, time, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { CustomerLink, Probability, RiskBadge, StateBadge } from "@/ui/marks";
import { Asked } from "@/ui/states";
import type { Dialog } from "./dialogs";
import { dueOf } from "./due";
import { type Facts, factsOf, type WholeCase } from "./facts";
import { Options } from "./Options";
import { Steps } from "./Steps";
import styles from "./today.module.css";
import { Why } from "./Why";

interface Props {
  decision: string;
  currency: string;
  mayAnswer: boolean;
  explained: boolean;
  onExplain: () => void;
  onAct: (dialog: Dialog, whole: WholeCase) => void;
}

/** One case: who, how likely to leave and why, what is proposed, what else was possible, what was done. */
export function CaseView({ decision, ...rest }: Props) {
  // Whoever runs through the queue does not open each case on the way.
  const [settled] = useDebouncedValue(decision, 150, { leading: true });
  const found = useAsk(
    "/api/v1/reviews/{decision_id}",
    { path: { decision_id: decision } },
    { enabled: settled === decision },
  );
  return (
    <article
      className={`panel ${styles.case}`}
      aria-label="The chosen case"
      aria-busy={found.isPending}
      data-decision={decision}
    >
      <Asked query={found}>{(whole) => <Whole whole={whole} {...rest} />}</Asked>
    </article>
  );
}

type WholeProps = Omit<Props, "decision"> & { whole: WholeCase };

function Whole({ whole, currency, mayAnswer, explained, onExplain, onAct }: WholeProps) {
  const facts = factsOf(whole.case);
  const open = whole.state === "waiting";
  return (
    <>
      <header className={styles.bar}>
        <Stack gap={6} px="md" py="sm">
          <Group gap={8}>
            <Title order={2}>
              <CustomerLink id={whole.customer_id} />
            </Title>
            {facts.riskLevel === null ? null : <RiskBadge level={facts.riskLevel} />}
            {whole.urgent ? (
              <Badge color="red" className="mark">
                Urgent
              </Badge>
            ) : null}
            {whole.escalated ? (
              <Badge color="grape" className="mark">
                Escalated
              </Badge>
            ) : null}
            {open ? <DueText whole={whole} /> : <StateBadge state={whole.state} />}
          </Group>
          <Text size="xs" c="dimmed">
            {[facts.tier, facts.segment].filter(Boolean).join(" · ")}
            {facts.tier === null ? "" : " · "}
            <Link className="plain" to={`/campaigns/${encodeURIComponent(whole.campaign_id)}`}>
              {whole.campaign_id}
            </Link>
            {` · ${whole.assigned_to === null ? "unassigned" : `assigned to ${whole.assigned_to}`}`}
          </Text>
          {open && mayAnswer ? <Acts whole={whole} contest={whole.contest} onAct={onAct} /> : null}
          {open && !mayAnswer ? (
            <Text size="xs" c="dimmed">
              Your role may look at cases, not answer them.
            </Text>
          ) : null}
        </Stack>
      </header>
      <Stack gap="lg" p="md">
        {whole.first_by === null || !open ? null : (
          <Text size="sm" c="var(--retinue-warn)" fw={550}>
            {whole.first_by} approved it. At this amount a second person must.
          </Text>
        )}
        {open ? null : <Answer whole={whole} />}
        {whole.contest ? (
          <Contest facts={facts} />
        ) : (
          <Offer
            whole={whole}
            facts={facts}
            currency={currency}
            explained={explained}
            onExplain={onExplain}
          />
        )}
        <section aria-labelledby="case-history">
          <Title order={3} id="case-history" mb={6}>
            History
          </Title>
          <Steps steps={whole.steps} askedAt={whole.asked_at} currency={currency} />
        </section>
      </Stack>
    </>
  );
}

function DueText({ whole }: { whole: WholeCase }) {
  const due = dueOf(whole.due_at);
  return (
    <Text
      size="sm"
      fw={550}
      className={styles[due.tone]}
      title={`Due ${time(whole.due_at)}; expires ${time(whole.expires_at)}`}
    >
      {due.text}
      {whole.contest ? null : (
        <Text span size="xs" c="dimmed" fw={400}>
          {" "}
          · expires {fromNow(whole.expires_at)}
        </Text>
      )}
    </Text>
  );
}

function Acts({
  whole,
  contest,
  onAct,
}: {
  whole: WholeCase;
  contest: boolean;
  onAct: (dialog: Dialog, whole: WholeCase) => void;
}) {
  const key = (letter: string) => (
    <kbd aria-hidden style={{ color: "inherit", background: "transparent" }}>
      {letter}
    </kbd>
  );
  return (
    <Group gap="xs" className="no-print">
      <Button size="xs" rightSection={key("a")} onClick={() => onAct("approve", whole)}>
        {contest ? "Uphold" : "Approve"}
      </Button>
      <Button size="xs" variant="default" rightSection={key("r")} onClick={() => onAct("reject", whole)}>
        {contest ? "Overturn" : "Reject"}
      </Button>
      {contest ? null : (
        <Button size="xs" variant="default" rightSection={key("c")} onClick={() => onAct("change", whole)}>
          Change
        </Button>
      )}
      <Button size="xs" variant="default" rightSection={key("s")} onClick={() => onAct("snooze", whole)}>
        Snooze
      </Button>
      <Button size="xs" variant="default" onClick={() => onAct("assign", whole)}>
        Assign
      </Button>
    </Group>
  );
}

function Answer({ whole }: { whole: WholeCase }) {
  return (
    <Text size="sm">
      {words(whole.state)}
      {whole.answered_by === null ? "" : ` by ${whole.answered_by}`}
      {whole.answered_at === null ? "" : `, ${fromNow(whole.answered_at)}`}. An answer stands; the campaign
      can still be stopped.
    </Text>
  );
}

function Contest({ facts }: { facts: Facts }) {
  return (
    <>
      <section aria-labelledby="case-says">
        <Title order={3} id="case-says" mb={6}>
          What the customer says
        </Title>
        <Text size="sm">{facts.says ?? "Nothing beyond the request itself."}</Text>
      </section>
      <section aria-labelledby="case-story">
        <Title order={3} id="case-story" mb={6}>
          The decision {facts.decision}
        </Title>
        <pre className={styles.story}>
          <Text span size="sm">
            {facts.story ?? "The decision's story is not kept any more."}
          </Text>
        </pre>
      </section>
    </>
  );
}

interface OfferProps {
  whole: WholeCase;
  facts: Facts;
  currency: string;
  explained: boolean;
  onExplain: () => void;
}

function Offer({ whole, facts, currency, explained, onExplain }: OfferProps) {
  return (
    <>
      <dl className={styles.facts} style={{ margin: 0 }}>
        <Fact name="Proposed" strong>
          {offerInWords(whole.offer, currency)}
          {facts.explored ? <Small>a trial, drawn to learn from</Small> : null}
        </Fact>
        <Fact name="Expected net">
          {cents(whole.expected_cents, currency)}
          <Small>
            after its cost of {cents(whole.cents, currency)}
            {facts.confidence === null ? "" : `; ${percent(facts.confidence, 0)} chance to pay off`}
          </Small>
        </Fact>
        <Fact name="Churn risk">
          <Probability value={facts.risk} />
          {facts.days === null ? null : <Small>in about {decimal(facts.days, 0)} days</Small>}
        </Fact>
        <Fact name="Lifetime value">
          {money(facts.clv, currency)}
          {facts.low === null || facts.high === null ? null : (
            <Small>{interval(facts.low, facts.high, (value) => money(value, currency))} (80 %)</Small>
          )}
        </Fact>
      </dl>
      <section aria-labelledby="case-why">
        <Group justify="space-between" mb={6}>
          <Title order={3} id="case-why">
            Why they are at risk
          </Title>
          <Button
            size="compact-xs"
            variant="subtle"
            aria-expanded={explained}
            leftSection={<IconListDetails size={14} aria-hidden />}
            rightSection={<kbd aria-hidden>e</kbd>}
            onClick={onExplain}
          >
            {explained ? "Close the explanation" : "Explain"}
          </Button>
        </Group>
        {facts.reasons.length === 0 ? (
          <Text size="sm" c="dimmed">
            No single cause stands out: the score comes from many small ones.
          </Text>
        ) : (
          <ul className={styles.reasons}>
            {facts.reasons.slice(0, 5).map((reason) => (
              <Text component="li" size="sm" key={reason}>
                {causeInWords(reason)}
                {reason.endsWith("lowers the risk") ? " (lowers the risk)" : ""}
              </Text>
            ))}
          </ul>
        )}
      </section>
      {explained ? (
        <Why customer={whole.customer_id} campaign={whole.campaign_id} currency={currency} />
      ) : null}
      <section aria-labelledby="case-person">
        <Title order={3} id="case-person" mb={6}>
          Why it needs review
        </Title>
        <Text size="sm">
          {facts.ruleWords ?? "A rule sends it to review."}
          {facts.rule === null ? null : (
            <Text span size="xs" c="dimmed">
              {" "}
              Rule {facts.rule}
            </Text>
          )}
        </Text>
      </section>
      <section aria-labelledby="case-options">
        <Title order={3} id="case-options" mb={6}>
          Other offers
        </Title>
        <Options options={facts.options} offer={whole.offer} currency={currency} />
      </section>
    </>
  );
}

function Fact({ name, strong, children }: { name: string; strong?: boolean; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} fw={strong ? 650 : 600} className="numbers">
        {children}
      </Text>
    </div>
  );
}

function Small({ children }: { children: ReactNode }) {
  return (
    <Text size="xs" c="dimmed" fw={400} className="numbers">
      {children}
    </Text>
  );
}
