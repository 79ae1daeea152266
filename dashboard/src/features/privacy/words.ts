import type { Schemas } from "@/api/client";
import { fromNow } from "@/lib/format";

export type Request = Schemas["PrivacyRequest"];
export type Kind = Request["kind"];

interface Told {
  /** What it is called in a list. */
  short: string;
  /** What the customer asks, and by which article of the GDPR. */
  asks: string;
  article: string;
  /** What happens when it is taken in. */
  next: string;
}

export const KINDS: Record<Kind, Told> = {
  access: {
    short: "Access",
    asks: "A copy of all data about them",
    article: "Art. 15 and 20",
    next: "The worker collects everything within minutes. The copy is sealed until it is fetched here.",
  },
  explanation: {
    short: "Explanation",
    asks: "Explanation of a decision",
    article: "Art. 15(1)(h) and 22",
    next: "A letter is written from the receipt of the decision.",
  },
  objection: {
    short: "Objection",
    asks: "No profiling and no offers",
    article: "Art. 21(2) and (3)",
    next: "Takes effect at once: nothing more is sent, waiting cases are closed, later runs leave them out.",
  },
  review: {
    short: "Human review",
    asks: "Human review of a decision",
    article: "Art. 22(3)",
    next: "It becomes a case of the review queue. Whoever answers it needs words for the customer.",
  },
  erasure: {
    short: "Erasure",
    asks: "Deletion of all data about them",
    article: "Art. 17",
    next: "The worker erases them within minutes and leaves a signed certificate. It cannot be undone.",
  },
};

export const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Whether somebody still has to answer. */
export function isOpen(request: Pick<Request, "state">): boolean {
  return request.state === "open" || request.state === "working";
}

export function isOverdue(request: Request, now: Date = new Date()): boolean {
  return isOpen(request) && new Date(request.due_at).getTime() < now.getTime();
}

/** Whether only the token of the erasure list is left of the customer. */
export function isErased(request: Request): boolean {
  return /^gone_[0-9a-f]{40}$/.test(request.customer_id);
}

/** When it is due, in words. */
export function dueWords(request: Request, now: Date = new Date()): string {
  const words = fromNow(request.due_at, now);
  return isOverdue(request, now) ? `overdue, was due ${words}` : words;
}

const STATES: Record<Request["state"], string> = {
  open: "Open",
  working: "Being answered",
  done: "Answered",
  refused: "Refused",
};

export function stateWords(request: Pick<Request, "state">): string {
  return STATES[request.state];
}
