/** The queue as it is asked for, and the answers to its cases. */

import { notifications } from "@mantine/notifications";
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { answered, type Refused } from "@/api/client";
import { useParams } from "@/lib/address";
import { type Answer, pagesKey, type Question, service, useAct, usePages } from "@/lib/service";
import type { Case } from "./facts";
import type { Code } from "./rejections";

export const STATES = ["waiting", "approved", "rejected", "expired", "withdrawn"] as const;
export type State = (typeof STATES)[number];

export interface Filters {
  state: State;
  mine: boolean;
  snoozed: boolean;
  campaign: string | undefined;
}

type Page = Answer<"/api/v1/reviews">;
type Asked = Question<"/api/v1/reviews">;

/** The filters of the address. */
export function useFilters(): [Filters, (next: Partial<Filters>) => void] {
  const [given, set] = useParams(["state", "mine", "snoozed", "campaign", "case"]);
  const state = STATES.find((one) => one === given.state) ?? "waiting";
  const filters = useMemo(
    () => ({
      state,
      mine: given.mine === "yes",
      snoozed: given.snoozed === "yes",
      campaign: given.campaign,
    }),
    [state, given.mine, given.snoozed, given.campaign],
  );
  return [
    filters,
    (next) => {
      const whole = { ...filters, ...next };
      set({
        state: whole.state === "waiting" ? undefined : whole.state,
        mine: whole.mine ? "yes" : undefined,
        snoozed: whole.snoozed ? "yes" : undefined,
        campaign: whole.campaign,
        case: undefined,
      });
    },
  ];
}

/** The question to the service; `subject`: who asks, for one's own cases. */
export function questionOf(filters: Filters, subject: string | null): Asked {
  return {
    query: {
      state: [filters.state],
      limit: 100,
      ...(filters.snoozed ? { snoozed: true } : {}),
      ...(filters.mine && subject !== null ? { assigned_to: subject } : {}),
      ...(filters.campaign === undefined ? {} : { campaign_id: filters.campaign }),
    },
  };
}

/** The cases in their order, as far as they are asked for. */
export function useQueue(question: Asked) {
  const pages = usePages("/api/v1/reviews", question);
  const cases = useMemo(() => pages.data?.pages.flatMap((page) => page.reviews) ?? [], [pages.data]);
  return { pages, cases };
}

/** Take cases out of what is held of the queue, or change them, without asking for every page again. */
export function useHeld(question: Asked) {
  const queries = useQueryClient();
  const key = pagesKey("/api/v1/reviews", question);
  const text = JSON.stringify(key);
  return useCallback(
    (change: (one: Case) => Case | undefined) => {
      queries.setQueryData<InfiniteData<Page>>(JSON.parse(text) as readonly unknown[], (held) =>
        held === undefined
          ? held
          : {
              ...held,
              pages: held.pages.map((page) => ({
                ...page,
                reviews: page.reviews.flatMap((one) => change(one) ?? []),
              })),
            },
      );
    },
    [queries, text],
  );
}

const TOUCHED = ["/api/v1/counts/reviews", "/api/v1/reviews/", "/api/v1/campaigns", "/api/v1/deliveries"];

export type Answering =
  | { act: "approve"; one: Case; reason: string }
  | { act: "reject"; one: Case; code: Code; reason: string }
  | { act: "change"; one: Case; offer: string; expected: number; reason: string }
  | { act: "snooze"; one: Case; until: Date }
  | { act: "assign"; one: Case; to: string };

function send(given: Answering) {
  const params = { path: { decision_id: given.one.decision_id } };
  switch (given.act) {
    case "approve":
      return answered(
        service.POST("/api/v1/reviews/{decision_id}/approve", { params, body: { reason: given.reason } }),
      );
    case "reject":
      return answered(
        service.POST("/api/v1/reviews/{decision_id}/reject", {
          params,
          body: { code: given.code, reason: given.reason },
        }),
      );
    case "change":
      return answered(
        service.POST("/api/v1/reviews/{decision_id}/change", {
          params,
          body: { offer: given.offer, reason: given.reason },
        }),
      );
    case "snooze":
      return answered(
        service.POST("/api/v1/reviews/{decision_id}/snooze", {
          params,
          body: { until: given.until.toISOString() },
        }),
      );
    case "assign":
      return answered(
        service.POST("/api/v1/reviews/{decision_id}/assign", { params, body: { to: given.to } }),
      );
  }
}

/** Answer one case. */
export function useAnswer() {
  return useAct((given: Answering) => send(given), TOUCHED);
}

export interface Bulk {
  decisions: readonly string[];
  answer: "approve" | "reject";
  code?: Code;
  reason: string;
}

export type Results = Readonly<Record<string, { readonly [key: string]: string }>>;

const AT_ONCE = 200;

/** Answer many cases alike, as many at once as the service takes; the result of each. */
export function useBulk() {
  return useAct(async ({ decisions, answer, code, reason }: Bulk): Promise<Results> => {
    const results: Record<string, { [key: string]: string }> = {};
    for (let start = 0; start < decisions.length; start += AT_ONCE) {
      const part = await answered(
        service.POST("/api/v1/reviews/bulk", {
          body: {
            decisions: decisions.slice(start, start + AT_ONCE),
            answer,
            reason,
            ...(code === undefined ? {} : { code }),
          },
        }),
      );
      Object.assign(results, part.results);
    }
    return results;
  }, TOUCHED);
}

/** Tell what was refused, in the service's words. */
export function refused(what: string, error: Refused): void {
  notifications.show({
    color: "red",
    title: what,
    message: error.fix === undefined ? error.message : `${error.message} ${error.fix}`,
    autoClose: 12_000,
  });
}
