/** The life of a campaign: where it is, and what somebody may do with it next. */

import type { Schemas } from "@/api/client";
import type { Permission } from "@/lib/session";

export type State = Schemas["Campaign"]["state"];
export type Act = "plan" | "look" | "approve" | "start" | "pause" | "resume" | "stop";

export const STATES: readonly State[] = [
  "listed",
  "draft",
  "planned",
  "approved",
  "running",
  "paused",
  "finished",
  "stopped",
];

export const STEPS = ["Plan", "Dry run", "Approve", "Start", "Send", "Done"] as const;

/** The step at which a campaign is: an index into STEPS. seen: whether the dry run of this plan was looked at. */
export function stepOf(state: State, seen: boolean): number {
  switch (state) {
    case "listed":
    case "draft":
      return 0;
    case "planned":
      return seen ? 2 : 1;
    case "approved":
      return 3;
    case "running":
    case "paused":
      return 4;
    case "finished":
    case "stopped":
      return STEPS.length;
  }
}

const NEEDS: Record<Act, Permission> = {
  plan: "campaigns.plan",
  look: "campaigns.read",
  approve: "campaigns.approve",
  start: "campaigns.run",
  pause: "campaigns.run",
  resume: "campaigns.run",
  stop: "campaigns.run",
};

const ACTS: Record<State, readonly Act[]> = {
  listed: ["plan"],
  draft: ["plan", "stop"],
  planned: ["look", "approve", "plan", "stop"],
  approved: ["start", "look", "plan", "stop"],
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
  finished: [],
  stopped: [],
};

/** The acts that a state allows, without those one has no permission for; the service has the last word. */
export function actsOf(state: State, may: (permission: Permission) => boolean): Act[] {
  return ACTS[state].filter((act) => may(NEEDS[act]));
}

const NEXT: Partial<Record<State, Act>> = {
  listed: "plan",
  draft: "plan",
  approved: "start",
  paused: "resume",
};

/** The one act that leads on; undefined where nothing does, or while it runs by itself. */
export function nextOf(state: State, seen: boolean): Act | undefined {
  return state === "planned" ? (seen ? "approve" : "look") : NEXT[state];
}

/** Who does an act, where one may not do it oneself. */
export function whoDoes(act: Act): string {
  return act === "look" ? "anybody" : "an approver or an administrator";
}

const WORDS: Record<State, string> = {
  listed: "A run proposed it. Plan it to see what goes out through which channel; planning sends nothing.",
  draft: "It has no plan yet. Planning sends nothing.",
  planned: "Planned; nothing was sent. Check the dry run, then approve this plan.",
  approved: "Approved; nothing was sent yet. Start to put it into the outbox.",
  running: "Sending. A worker sends what is due; offers that need review wait in Today.",
  paused: "Paused: no further delivery begins until it is resumed. Nothing is lost.",
  finished: "Finished: every delivery came to an end.",
  stopped: "Stopped. What was sent before stays sent.",
};

/** What a state means, in a sentence. */
export function wordsOf(state: State): string {
  return WORDS[state];
}

/** What counts of deliveries say of how far it is: those that came to an end, out of all. */
export function progressOf(deliveries: Record<string, number>): { all: number; ended: number } {
  const all = Object.values(deliveries).reduce((sum, number) => sum + number, 0);
  const open = (deliveries.queued ?? 0) + (deliveries.sending ?? 0) + (deliveries.unknown ?? 0);
  return { all, ended: all - open };
}
