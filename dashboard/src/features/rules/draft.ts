/** Rules that somebody is changing: kept while the window is open, so that a reload loses nothing. */

import { useCallback, useState } from "react";
import type { Schemas } from "@/api/client";
import type { Document } from "./document";

export type Example = Schemas["RuleExample"];

export interface Draft {
  /** Hash of the rules in force when it was begun: what it replaces. */
  replaces: string;
  /** What it was begun from, in words, and as it was. */
  title: string;
  original: Document;
  document: Document;
  examples: Example[];
  /** The examples as they were when it was begun. */
  originalExamples: Example[];
}

const KEY = "retinue.rules-draft";

function kept(): Draft | undefined {
  try {
    const found = JSON.parse(globalThis.sessionStorage.getItem(KEY) ?? "null") as Draft | null;
    return found !== null && typeof found.replaces === "string" && Array.isArray(found.examples)
      ? found
      : undefined;
  } catch {
    return undefined;
  }
}

/** The draft of this window, and how it is changed; undefined throws it away. */
export function useDraft(): [Draft | undefined, (draft: Draft | undefined) => void] {
  const [draft, setDraft] = useState(kept);
  const set = useCallback((next: Draft | undefined) => {
    setDraft(next);
    try {
      if (next === undefined) globalThis.sessionStorage.removeItem(KEY);
      else globalThis.sessionStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // without a place to keep it, it is there until the page is left
    }
  }, []);
  return [draft, set];
}

/** Whether a draft says anything else than what it was begun from. */
export function isChanged(draft: Draft): boolean {
  return (
    JSON.stringify(draft.document) !== JSON.stringify(draft.original) ||
    JSON.stringify(draft.examples) !== JSON.stringify(draft.originalExamples)
  );
}
