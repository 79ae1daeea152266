import type { Schemas } from "@/api/client";

export type Tested = Schemas["Experiments"];
export type Contrast = Tested["contrasts"][number];
export type Experiment = NonNullable<Schemas["CampaignFigures"]["experiment"]>;

/** Treatment against those left alone in one outcome (`retention`, `net_revenue`). */
export function contrastIn(tested: Tested, outcome: string): Contrast | undefined {
  return tested.contrasts.find((one) => one.outcome === outcome);
}
