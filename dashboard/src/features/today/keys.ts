/** Keys of the queue. They can be switched off, since single letters get in the way of speech input. */

import { useEffect, useRef, useState } from "react";

export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: "j", does: "Next case (also ↓)" },
  { keys: "k", does: "Previous case (also ↑)" },
  { keys: "a", does: "Approve; Enter confirms" },
  { keys: "r", does: "Reject, with a reason" },
  { keys: "c", does: "Change the offer" },
  { keys: "s", does: "Snooze" },
  { keys: "e", does: "Open or close the explanation" },
  { keys: "x", does: "Select the case, to answer several at once" },
  { keys: "?", does: "Show these shortcuts" },
];

const KEPT = "retinue.queue-keys";
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
const ELSEWHERE = "[role=dialog], [role=menu], [role=listbox], [role=combobox]";

/** Whether the keys are on, as kept in this browser, and how to switch them. */
export function useKeysOn(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => globalThis.localStorage?.getItem(KEPT) !== "off");
  return [
    on,
    (next) => {
      setOn(next);
      globalThis.localStorage?.setItem(KEPT, next ? "on" : "off");
    },
  ];
}

/** Do what a key stands for, unless somebody types, a dialog is open, or the keys are off. */
export function useKeys(on: boolean, acts: Readonly<Record<string, (() => void) | undefined>>): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : undefined;
      if (target?.closest(TYPING) || target?.closest(ELSEWHERE)) return;
      if (document.querySelector("[role=dialog][aria-modal=true]") !== null) return;
      const arrow = event.key.startsWith("Arrow");
      if (arrow && target?.closest("input, [role=radiogroup], .table-frame")) return;
      const act = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    globalThis.addEventListener("keydown", press);
    return () => globalThis.removeEventListener("keydown", press);
  }, [on]);
}
