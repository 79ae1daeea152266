/** What the service says of a draft, a moment after the last key. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, type Refused, type Schemas } from "@/api/client";
import { service } from "@/lib/service";
import type { Draft } from "./draft";

const PAUSE = 300;

export type Checked = Schemas["RulesChecked"];

/** Mistakes, examples and differences of a draft. `current`: whether they are of what is typed by now. */
export function useChecked(draft: Draft): {
  checked: Checked | undefined;
  current: boolean;
  error: Refused | null;
} {
  const body = { document: draft.document, examples: draft.examples };
  const asked = JSON.stringify(body);
  const [settled] = useDebouncedValue(asked, PAUSE);
  const found = useQuery<Checked, Refused>({
    queryKey: ["/api/v1/rules/check", settled],
    queryFn: () =>
      answered(service.POST("/api/v1/rules/check", { body: JSON.parse(settled) as typeof body })),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  return {
    checked: found.data,
    current: settled === asked && !found.isPlaceholderData && found.data !== undefined,
    error: found.error,
  };
}
