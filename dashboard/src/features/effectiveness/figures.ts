import type { Schemas } from "@/api/client";

export type Figures = Schemas["CampaignFigures"];
export type Incentive = Schemas["IncentiveFigures"];
