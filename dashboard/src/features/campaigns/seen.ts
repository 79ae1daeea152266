/** Which plans one has looked at: kept while the window is open, so that a reload does not forget it. */

import { useCallback, useState } from "react";

const KEY = "retinue.seen-plans";

function kept(): string[] {
  try {
    const found: unknown = JSON.parse(globalThis.sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}

/** Whether the dry run of a plan was looked at, and what is to be called when it is. */
export function useSeen(sha: string | null): [boolean, (sha: string) => void] {
  const [seen, setSeen] = useState(kept);
  const see = useCallback((one: string) => {
    setSeen((before) => {
      if (before.includes(one)) return before;
      const next = [...before, one].slice(-50);
      try {
        globalThis.sessionStorage.setItem(KEY, JSON.stringify(next));
      } catch {
        // without a place to keep it, it is known until the page is left
      }
      return next;
    });
  }, []);
  return [sha !== null && seen.includes(sha), see];
}
