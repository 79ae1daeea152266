import { useCallback } from "react";
import { useKept } from "@/lib/address";
import type { Figures } from "./figures";

/** Where the decisions behind a number are listed; one incentive's, or every offer's. */
export function useBehind({ period }: Figures): (outcome: string, incentive?: string) => string {
  const to = useKept();
  return useCallback(
    (outcome, incentive) =>
      to("/customers", {
        tier: undefined,
        segment: undefined,
        decisions: outcome,
        incentive,
        from: period.first,
        to: period.last,
      }),
    [to, period],
  );
}
