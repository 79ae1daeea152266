import type { Schemas } from "@/api/client";

export type Figures = Schemas["SegmentFigures"];
export type Group = Figures["clusters"][number];

export interface Way {
  key: "clusters" | "rfm" | "tiers";
  trend: "cluster_trend" | "rfm_trend" | "tier_trend";
  label: string;
  /** Name of the filter of the list of customers. */
  filter: "segment" | "rfm_segment" | "tier";
}

export const WAYS: readonly [Way, ...Way[]] = [
  { key: "clusters", trend: "cluster_trend", label: "Behaviour", filter: "segment" },
  { key: "rfm", trend: "rfm_trend", label: "RFM", filter: "rfm_segment" },
  { key: "tiers", trend: "tier_trend", label: "Value tiers", filter: "tier" },
];

export function wayOf(key: string): Way {
  return WAYS.find((one) => one.key === key) ?? WAYS[0];
}
