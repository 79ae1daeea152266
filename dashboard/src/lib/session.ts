/** Who is signed in, and what they may. */

import { useEffect } from "react";
import type { Schemas } from "@/api/client";
import { guardWith, useAsk } from "@/lib/service";

export type Session = Schemas["BrowserSession"];
/** The name of a permission; one that is not in the table of the service fails `tsc`. */
export type Permission = Session["permissions"][number];

/** The session; asked again every few minutes and when the window is looked at again. */
export function useSession() {
  const found = useAsk("/api/v1/session", undefined, {
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
    refetchOnWindowFocus: true,
  });
  const csrf = found.data?.csrf;
  // Before the children of whoever asks can act.
  if (csrf !== undefined) guardWith(csrf);
  const { refetch } = found;
  useEffect(() => {
    const again = () => void refetch();
    globalThis.addEventListener("retinue:signed-out", again);
    return () => globalThis.removeEventListener("retinue:signed-out", again);
  }, [refetch]);
  return found;
}

/** A permission to whether one has it: `may("reviews.answer")`. Nobody signed in may nothing. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useSession();
  const held = new Set(data?.permissions ?? []);
  return (permission) => held.has(permission);
}
