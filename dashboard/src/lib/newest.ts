/** The newest run: what most figures are as of. */

import { useAsk } from "@/lib/service";

/** The figures of the dashboard as of the newest run; 404 while there is no run. */
export function useNewest() {
  return useAsk("/api/v1/analytics/dashboard", { query: { days: 30 } }, { staleTime: 60_000 });
}
