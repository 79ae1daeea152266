import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconKeyboard } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { offerInWords, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useMay, useSession } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Failure, Waiting } from "@/ui/states";
import { CaseList } from "./CaseList";
import { CaseView } from "./CaseView";
import type { Dialog } from "./dialogs";
import type { Case, WholeCase } from "./facts";
import { useKeys, useKeysOn } from "./keys";
import { Nothing } from "./Nothing";
import { QueueFilters } from "./QueueFilters";
import {
  type Answering,
  questionOf,
  type Results,
  refused,
  useAnswer,
  useFilters,
  useHeld,
  useQueue,
} from "./queue";
import { Tiles } from "./Tiles";
import styles from "./today.module.css";

// What is not seen at first is loaded when it is wanted.
const BulkBar = lazy(() => import("./BulkBar").then((found) => ({ default: found.BulkBar })));
const CaseDrawer = lazy(() => import("./CaseDrawer"));
const Dialogs = lazy(() => import("./dialogs").then((found) => ({ default: found.Dialogs })));
const KeysHelp = lazy(() => import("./KeysHelp").then((found) => ({ default: found.KeysHelp })));

/** What waits for a person, most valuable first, and the answers. */
export function Component() {
  const session = useSession().data;
  const may = useMay();
  const mayAnswer = may("reviews.answer");
  const subject = session?.subject ?? null;
  const currency = session?.currency ?? "EUR";
  const wide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false }) ?? true;

  const [filters, setFilters] = useFilters();
  const question = useMemo(() => questionOf(filters, subject), [filters, subject]);
  const { pages, cases } = useQueue(question);
  const change = useHeld(question);
  const counts = useAsk("/api/v1/counts/reviews", { query: {} });

  const [address, setAddress] = useSearchParams();
  const named = address.get("case") ?? undefined;
  const chosen = named ?? (wide ? cases[0]?.decision_id : undefined);
  const place = cases.findIndex((one) => one.decision_id === chosen);
  // Keys may come faster than the address changes: what is meant is the last one chosen.
  const meant = useRef(chosen);
  useEffect(() => {
    meant.current = chosen;
  }, [chosen]);
  const choose = useCallback(
    (decision: string | undefined, replace = true) => {
      meant.current = decision;
      setAddress(
        (before) => {
          const next = new URLSearchParams(before);
          if (decision === undefined) next.delete("case");
          else next.set("case", decision);
          return next;
        },
        { replace, preventScrollReset: true },
      );
    },
    [setAddress],
  );

  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const tick = (decision: string) =>
    setTicked((before) => {
      const next = new Set(before);
      if (!next.delete(decision)) next.add(decision);
      return next;
    });
  const [moved, setMoved] = useState(0);
  const [explained, setExplained] = useState(false);
  const [dialog, setDialog] = useState<{ which: Dialog; whole: WholeCase } | undefined>();
  const [help, setHelp] = useState(false);
  const [keysOn, setKeysOn] = useKeysOn();
  const queries = useQueryClient();
  const answer = useAnswer();

  /** The case after one, or the one before it where it was the last. */
  const nextTo = (decision: string): string | undefined => {
    const at = cases.findIndex((one) => one.decision_id === decision);
    return (cases[at + 1] ?? cases[at - 1])?.decision_id;
  };

  const give = (given: Answering) => {
    setDialog(undefined);
    const { one } = given;
    const leaves =
      filters.state === "waiting" &&
      (given.act === "approve" ||
        given.act === "reject" ||
        (given.act === "snooze" && !filters.snoozed) ||
        (given.act === "assign" && filters.mine));
    if (leaves) {
      const next = nextTo(one.decision_id);
      change((held) => (held.decision_id === one.decision_id ? undefined : held));
      choose(wide ? next : undefined);
      setMoved((before) => before + 1);
    }
    answer.mutate(given, {
      onSuccess: (done) => {
        if (leaves) {
          setTicked((before) => new Set([...before].filter((decision) => decision !== one.decision_id)));
        }
        notifications.show({ color: "teal", ...said(given, done, currency) });
        // The first of two approvals leaves it where it was, for somebody else.
        if (leaves && done.state === "waiting" && given.act === "approve") void pages.refetch();
        if (!leaves) {
          const earns = given.act === "change" ? { expected_cents: given.expected } : {};
          change((held) => (held.decision_id === one.decision_id ? { ...held, ...done, ...earns } : held));
        }
      },
      onError: (error) => {
        refused(`${one.customer_id}: that did not work`, error);
        if (leaves) {
          void pages.refetch();
          choose(one.decision_id);
        }
      },
    });
  };

  const act = (which: Dialog, whole: WholeCase) => setDialog({ which, whole });
  const byKey = (which: Dialog) => {
    if (!mayAnswer || meant.current === undefined) return;
    const whole = queries.getQueryData<WholeCase>([
      "/api/v1/reviews/{decision_id}",
      { path: { decision_id: meant.current } },
    ]);
    if (whole?.state !== "waiting" || (whole.contest && which === "change")) return;
    act(which, whole);
  };
  const move = (by: number) => {
    const at = cases.findIndex((one) => one.decision_id === meant.current);
    const next = cases[at < 0 ? 0 : Math.min(cases.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    choose(next.decision_id);
    setMoved((before) => before + 1);
  };
  const down = () => move(1);
  const up = () => move(-1);
  useKeys(keysOn && dialog === undefined && !help, {
    j: down,
    ArrowDown: down,
    k: up,
    ArrowUp: up,
    a: () => byKey("approve"),
    r: () => byKey("reject"),
    c: () => byKey("change"),
    s: () => byKey("snooze"),
    e: () => setExplained((before) => !before),
    x: () => {
      if (mayAnswer && filters.state === "waiting" && meant.current !== undefined) tick(meant.current);
    },
    "?": () => setHelp(true),
  });

  const onBulk = (results: Results) => {
    const gone = new Set(
      Object.entries(results).flatMap(([decision, one]) =>
        one.state !== undefined && one.state !== "waiting" ? [decision] : [],
      ),
    );
    setTicked(new Set());
    change((held) => (gone.has(held.decision_id) ? undefined : held));
    if (named !== undefined && gone.has(named)) choose(undefined);
    if (Object.values(results).some((one) => one.state === "waiting")) void pages.refetch();
  };

  const onMore = useCallback(() => {
    if (!pages.isFetchingNextPage) void pages.fetchNextPage();
  }, [pages.isFetchingNextPage, pages.fetchNextPage]);

  const view =
    chosen === undefined ? null : (
      <CaseView
        decision={chosen}
        currency={currency}
        mayAnswer={mayAnswer}
        explained={explained}
        onExplain={() => setExplained((before) => !before)}
        onAct={act}
      />
    );
  // Results are told after the last tick is gone.
  const bulk = useRef(false);
  if (ticked.size > 0) bulk.current = true;
  const clear = () => setFilters({ state: "waiting", mine: false, snoozed: false, campaign: undefined });
  const empty = pages.data !== undefined && cases.length === 0;

  return (
    <Page
      title="Today"
      lead="Offers waiting for review: urgent first, then by expected net."
      actions={
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconKeyboard size={15} aria-hidden />}
          rightSection={<kbd aria-hidden>?</kbd>}
          onClick={() => setHelp(true)}
          visibleFrom="sm"
        >
          Shortcuts
        </Button>
      }
    >
      <Tiles filters={filters} />
      <div className={empty ? undefined : styles.work}>
        <section className={`panel ${styles.side}`} aria-label="The queue">
          <QueueFilters filters={filters} onChange={setFilters} />
          {mayAnswer && bulk.current ? (
            <Suspense fallback={null}>
              <BulkBar
                cases={cases}
                ticked={ticked}
                currency={currency}
                onTickAll={() => setTicked(new Set(cases.map((one) => one.decision_id)))}
                onClear={() => setTicked(new Set())}
                onDone={onBulk}
              />
            </Suspense>
          ) : null}
          {pages.isPending ? <Waiting lines={8} /> : null}
          {pages.error !== null && pages.data === undefined ? (
            <Failure error={pages.error} retry={() => void pages.refetch()} />
          ) : null}
          {empty ? <Nothing filters={filters} onClear={clear} /> : null}
          {cases.length > 0 ? (
            <CaseList
              cases={cases}
              currency={currency}
              chosen={chosen}
              onChoose={(decision) => choose(decision, wide)}
              ticked={mayAnswer && filters.state === "waiting" ? ticked : undefined}
              onTick={tick}
              more={pages.hasNextPage}
              onMore={onMore}
              moved={moved}
            />
          ) : null}
        </section>
        {wide && view !== null ? view : null}
      </div>
      {wide || named === undefined ? null : (
        <Suspense fallback={null}>
          <CaseDrawer onClose={() => choose(undefined)}>{view}</CaseDrawer>
        </Suspense>
      )}
      <div className="hidden-text" role="status">
        {place < 0 ? "" : `Case ${place + 1} of ${cases.length}: ${cases[place]?.headline}`}
      </div>
      {dialog === undefined ? null : (
        <Suspense fallback={null}>
          <Dialogs
            dialog={dialog.which}
            whole={dialog.whole}
            currency={currency}
            subject={subject}
            people={counts.data?.people ?? []}
            onClose={() => setDialog(undefined)}
            onAnswer={give}
          />
        </Suspense>
      )}
      {help ? (
        <Suspense fallback={null}>
          <KeysHelp opened on={keysOn} onSwitch={setKeysOn} onClose={() => setHelp(false)} />
        </Suspense>
      ) : null}
    </Page>
  );
}

type Done = Pick<Case, "state" | "offer" | "assigned_to" | "snoozed_until" | "first_by">;

/** What happened, told once it has. */
function said(given: Answering, done: Done, currency: string): { title: string; message: string } {
  const who = given.one.customer_id;
  switch (given.act) {
    case "approve":
      return done.state === "waiting"
        ? { title: "The first of two approvals", message: `${who} now needs a second person's.` }
        : given.one.contest
          ? { title: "Upheld", message: `${who} is told your words.` }
          : { title: "Approved", message: `${who}: ${offerInWords(done.offer, currency)} goes out.` };
    case "reject":
      return given.one.contest
        ? { title: "Overturned", message: `${who} is told your words.` }
        : { title: "Rejected", message: `${who} gets no offer; its money is free again.` };
    case "change":
      return {
        title: "Changed",
        message: `${who}: ${offerInWords(done.offer, currency)} is proposed now, and needs an approval.`,
      };
    case "snooze":
      return { title: "Snoozed", message: `${who} comes back ${time(done.snoozed_until)}.` };
    case "assign":
      return { title: "Assigned", message: `${who} is assigned to ${done.assigned_to ?? given.to}.` };
  }
}
