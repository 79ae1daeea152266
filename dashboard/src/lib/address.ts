/** What a view shows is in its address, so that a link shows the same to somebody else. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/** One value of the query; setting undefined or the default removes it. Going back takes it back. */
export function useParam(name: string, without = ""): [string, (value: string | undefined) => void] {
  const [query, setQuery] = useSearchParams();
  const set = useCallback(
    (value: string | undefined) =>
      setQuery((before) => {
        const next = new URLSearchParams(before);
        if (value === undefined || value === without) next.delete(name);
        else next.set(name, value);
        return next;
      }),
    [name, setQuery, without],
  );
  return [query.get(name) ?? without, set];
}

/** Several values of the query at once; each set replaces only those it names. */
export function useParams<const Names extends readonly string[]>(
  names: Names,
): [
  Partial<Record<Names[number], string>>,
  (values: Partial<Record<Names[number], string | undefined>>) => void,
] {
  const [query, setQuery] = useSearchParams();
  const key = names.join(" ");
  const values = useMemo(() => {
    const found: Record<string, string> = {};
    for (const name of key.split(" ")) {
      const value = query.get(name);
      if (value !== null) found[name] = value;
    }
    return found as Partial<Record<Names[number], string>>;
  }, [key, query]);
  const set = useCallback(
    (given: Partial<Record<Names[number], string | undefined>>) =>
      setQuery((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(given) as [string, string | undefined][]) {
          if (value === undefined || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      }),
    [setQuery],
  );
  return [values, set];
}

const SHARED = ["period", "from", "to", "tier", "segment"];

/** An address within the app that keeps what is shared by all views (period, tier, segment). */
export function kept(
  path: string,
  query: URLSearchParams,
  more: Record<string, string | undefined> = {},
): string {
  const next = new URLSearchParams();
  for (const name of SHARED) {
    const value = query.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}

/** The same as a hook: `to("/customers", { stage: "at_risk" })`. */
export function useKept(): (path: string, more?: Record<string, string | undefined>) => string {
  const [query] = useSearchParams();
  return useCallback((path, more) => kept(path, query, more), [query]);
}
