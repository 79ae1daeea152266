import { Badge, Checkbox, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { cents, fromNow, offerInWords, percent, time, words } from "@/lib/format";
import { dueOf } from "./due";
import type { Case } from "./facts";
import styles from "./today.module.css";

interface Props {
  cases: readonly Case[];
  currency: string;
  chosen: string | undefined;
  onChoose: (decision: string) => void;
  /** Those that get one answer together; undefined where one may not answer. */
  ticked: ReadonlySet<string> | undefined;
  onTick: (decision: string) => void;
  more: boolean;
  onMore: () => void;
  /** Counts how often one moved by key: the focus then goes with the chosen case. */
  moved: number;
}

const ROW = 86;
const AHEAD = 15;

/** The cases in the order in which they should be looked at; however many there are, only those seen are drawn. */
export function CaseList({ cases, currency, chosen, onChoose, ticked, onTick, more, onMore, moved }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useVirtualizer({
    count: cases.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    getItemKey: (index) => cases[index]?.decision_id ?? index,
    overscan: 8,
    initialRect: { width: 400, height: 800 },
  });
  const items = drawn.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= cases.length - AHEAD) onMore();
  }, [more, last, cases.length, onMore]);
  const place = cases.findIndex((one) => one.decision_id === chosen);
  const { scrollToIndex } = drawn;
  useEffect(() => {
    if (place >= 0) scrollToIndex(place, { align: "auto" });
  }, [place, scrollToIndex]);
  const followed = useRef(moved);
  useEffect(() => {
    if (followed.current === moved || chosen === undefined) return;
    // After the row that is scrolled to was drawn and a dialog has gone; never out of a field.
    const follow = (tries: number) => {
      const now = document.activeElement;
      if (now?.closest("[role=dialog]") && tries > 0) {
        timer = setTimeout(() => follow(tries - 1), 100);
        return;
      }
      followed.current = moved;
      if (now === null || now === document.body || frame.current?.contains(now)) {
        const rows = frame.current?.querySelectorAll<HTMLElement>("[data-decision]") ?? [];
        for (const row of rows) if (row.dataset.decision === chosen) row.focus({ preventScroll: true });
      }
    };
    let timer = setTimeout(() => follow(5), 60);
    return () => clearTimeout(timer);
  }, [moved, chosen]);
  return (
    <div ref={frame} className={styles.frame}>
      <ul className={styles.list} style={{ height: drawn.getTotalSize() }} aria-label="Cases">
        {items.map((item) => {
          const one = cases[item.index];
          if (one === undefined) return null;
          const isChosen = one.decision_id === chosen;
          return (
            <li
              key={item.key}
              data-index={item.index}
              ref={drawn.measureElement}
              className={styles.item}
              data-chosen={isChosen}
              aria-setsize={more ? -1 : cases.length}
              aria-posinset={item.index + 1}
              style={{
                position: "absolute",
                top: 0,
                left: 0,
                right: 0,
                transform: `translateY(${item.start}px)`,
              }}
            >
              {ticked === undefined ? null : (
                <div className={styles.tick}>
                  <Checkbox
                    size="md"
                    checked={ticked.has(one.decision_id)}
                    onChange={() => onTick(one.decision_id)}
                    aria-label={`Choose the case of ${one.customer_id}`}
                    tabIndex={isChosen || place < 0 ? 0 : -1}
                  />
                </div>
              )}
              <button
                type="button"
                className={styles.open}
                data-decision={one.decision_id}
                aria-current={isChosen}
                tabIndex={isChosen || (place < 0 && item.index === 0) ? 0 : -1}
                onClick={() => onChoose(one.decision_id)}
              >
                <Row one={one} currency={currency} />
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Row({ one, currency }: { one: Case; currency: string }) {
  const due = dueOf(one.due_at);
  return (
    <>
      <span className={styles.line}>
        <Text span size="sm" fw={600} className="numbers" truncate>
          {one.customer_id}
          {one.urgent ? (
            <Badge size="xs" color="red" className="mark" ml={6} style={{ verticalAlign: "1px" }}>
              Urgent
            </Badge>
          ) : null}
        </Text>
        <Text span size="sm" fw={600} className="numbers" style={{ whiteSpace: "nowrap" }}>
          {one.contest ? "" : cents(one.expected_cents, currency)}
        </Text>
      </span>
      <span className={styles.line}>
        <Text span size="xs" c="dimmed" truncate>
          {one.contest
            ? "Asks for human review of a decision"
            : [
                one.churn_probability === null
                  ? undefined
                  : `${percent(one.churn_probability, 0)} churn risk`,
                one.tier ?? undefined,
              ]
                .filter(Boolean)
                .join(" · ")}
        </Text>
        <Text span size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {one.contest ? "" : `costs ${cents(one.cents, currency)}`}
        </Text>
      </span>
      <span className={styles.line}>
        <Text span size="xs" truncate>
          {one.contest ? "The answer closes the request" : offerInWords(one.offer, currency)}
        </Text>
        <Text
          span
          size="xs"
          fw={due.tone === "usual" ? 400 : 600}
          className={styles[due.tone]}
          style={{ whiteSpace: "nowrap" }}
          title={one.state === "waiting" ? `Due ${time(one.due_at)}` : undefined}
        >
          {one.state !== "waiting"
            ? `${words(one.state)} ${fromNow(one.answered_at)}`
            : one.snoozed_until !== null && new Date(one.snoozed_until) > new Date()
              ? `Snoozed, back ${fromNow(one.snoozed_until)}`
              : one.first_by !== null
                ? "Needs a second approval"
                : due.text}
        </Text>
      </span>
    </>
  );
}
