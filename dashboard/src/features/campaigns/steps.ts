/** What is asked of the service for each act; the plan that is approved is named by the hash that was shown. */

import { answered, type Schemas } from "@/api/client";
import { service, useAct } from "@/lib/service";

export interface Step {
  campaign: string;
  act: "plan" | "approve" | "start" | "pause" | "resume" | "stop";
  reason: string;
  /** Of the plan that was seen; needed to approve it. */
  sha?: string | undefined;
}

const TOUCHED = ["/api/v1/campaigns", "/api/v1/deliveries", "/api/v1/reviews", "/api/v1/analytics"];

/** Take a step of a campaign's life. */
export function useStep() {
  return useAct<Step, Schemas["Moved"]>(take, TOUCHED);
}

function take({ campaign, act, reason, sha }: Step): Promise<Schemas["Moved"]> {
  const path = { campaign_id: campaign };
  switch (act) {
    case "plan":
      return answered(service.POST("/api/v1/campaigns", { body: { campaign_id: campaign } }));
    case "approve":
      return answered(
        service.POST("/api/v1/campaigns/{campaign_id}/approve", {
          params: { path, header: { "If-Match": `"${sha}"` } },
          body: { reason },
        }),
      );
    case "start":
      return answered(service.POST("/api/v1/campaigns/{campaign_id}/start", { params: { path } }));
    default:
      return answered(
        service.POST(`/api/v1/campaigns/{campaign_id}/${act}` as const, {
          params: { path },
          body: { reason },
        }),
      );
  }
}
