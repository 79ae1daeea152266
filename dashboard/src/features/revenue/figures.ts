import type { Schemas } from "@/api/client";

export type Figures = Schemas["RevenueFigures"];
export type Earned = Schemas["Earned"];
export type Sure = Schemas["Sure"];

/** What a sure figure says of itself, in one word. */
export function verdict(sure: Sure): "gain" | "loss" | "open" | "unknown" {
  if (sure.value === null || sure.always_low === null || sure.always_high === null) return "unknown";
  return sure.always_low > 0 ? "gain" : sure.always_high < 0 ? "loss" : "open";
}
