import type { Schemas } from "@/api/client";
import { words } from "@/lib/format";

export type Figures = Schemas["PipelineFigures"];
export type Funnel = Schemas["StageFunnel"];
export type StageName = Schemas["FunnelStage"]["stage"];

export const STAGES: readonly StageName[] = ["total", "at_risk", "intervention", "retained"];

/** A stage as people call it. */
export function stageWords(stage: string): string {
  return stage === "total"
    ? "All customers"
    : stage === "at_risk"
      ? "At risk"
      : stage === "intervention"
        ? "Intervention"
        : words(stage);
}

/** The customers of a stage in a funnel; null where they are not known. */
export function customersAt(funnel: Funnel, stage: StageName): number | null {
  return funnel.stages.find((one) => one.stage === stage)?.customers ?? null;
}
