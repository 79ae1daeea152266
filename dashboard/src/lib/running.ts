/** A run that is under way, if one is. */

import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answered, type Refused, type Schemas } from "@/api/client";
import { service } from "@/lib/service";

const CURRENT = "/api/v1/runs/current";

/**
 * Asked every two seconds while a run is under way, else every fifteen. When it ends, everything that was asked
 * is asked again: the figures are new.
 */
export function useRunning(): UseQueryResult<Schemas["CurrentRun"], Refused> {
  const queries = useQueryClient();
  const found = useQuery<Schemas["CurrentRun"], Refused>({
    queryKey: [CURRENT],
    // Nobody sits there who looks: it does not put off the end of an idle session.
    queryFn: () => answered(service.GET(CURRENT, { headers: { "X-Background": "1" } })),
    refetchInterval: ({ state }) => (state.data?.running ? 2_000 : 15_000),
    staleTime: 1_000,
  });
  const running = Boolean(found.data?.running);
  const before = useRef(false);
  useEffect(() => {
    if (before.current && !running) {
      void queries.invalidateQueries({ predicate: ({ queryKey: [path] }) => path !== CURRENT });
    }
    before.current = running;
  }, [running, queries]);
  return found;
}

const STAGES: Record<string, string> = {
  ingest: "Loading what is new",
  gate: "Testing the policy",
  profiles: "Describing each customer",
  training: "Gathering past outcomes",
  train: "Training the models",
  assess: "Scoring every customer",
  learn: "Learning from past offers",
  decide: "Deciding what to do",
  write: "Writing the campaign",
  plan: "Planning the deliveries",
};

/** The stages of a run, in their order. */
export const STAGE_NAMES = Object.keys(STAGES);

export function stageWords(stage: string | null): string {
  return stage === null ? "A run is starting" : (STAGES[stage] ?? stage);
}
