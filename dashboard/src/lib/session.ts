/** Who is signed in, and what they may. */

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { answered, type Refused, type Schemas } from "@/api/client";
import { guardWith, renewed, service } from "@/lib/service";

export type Session = Schemas["BrowserSession"];
/** The name of a permission; one that is not in the table of the service fails `tsc`. */
export type Permission = Session["permissions"][number];

/** The session; asked again every few minutes and when the window is looked at again. */
export function useSession(): UseQueryResult<Session, Refused> {
  const found = useQuery<Session, Refused>({
    queryKey: ["/api/v1/session"],
    queryFn: current,
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
    refetchOnWindowFocus: true,
  });
  const { refetch } = found;
  useEffect(() => {
    const again = () => void refetch();
    globalThis.addEventListener("retinue:signed-out", again);
    return () => globalThis.removeEventListener("retinue:signed-out", again);
  }, [refetch]);
  return found;
}

/** The session as the service has it; where only its access token is over, with a new one. */
async function current(): Promise<Session> {
  const found = await shown();
  if (found.signed_in || found.csrf === null || !(await renewed())) return found;
  return shown();
}

async function shown(): Promise<Session> {
  // To ask who one is does not put off the end of an idle session.
  const found = await answered(service.GET("/api/v1/session", { headers: { "X-Background": "1" } }));
  guardWith(found.csrf);
  return found;
}

/** A permission to whether one has it: `may("reviews.answer")`. Nobody signed in may nothing. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useSession();
  const held = new Set(data?.permissions ?? []);
  return (permission) => held.has(permission);
}
