import type { Schemas } from "@/api/client";

export type Figures = Schemas["CampaignFigures"];
export type Incentive = Schemas["IncentiveFigures"];

interface Sums {
  made: number;
  judged: number;
  retained: number;
  spend: number;
}

/** Over the offers that were made; doing nothing is no offer. */
export function sumsOf(incentives: readonly Incentive[]): Sums {
  const sums = { made: 0, judged: 0, retained: 0, spend: 0 };
  for (const one of incentives) {
    if (one.incentive === "none") continue;
    sums.made += one.made;
    sums.judged += one.judged;
    sums.retained += one.retained.count;
    sums.spend += one.spend;
  }
  return sums;
}
