import { Alert } from "@mantine/core";
import { IconHandStop, IconPlugConnectedX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useNewest } from "@/lib/newest";
import { useRunning } from "@/lib/running";
import type { Session } from "@/lib/session";

const Sample = lazy(() => import("./Sample"));

/** What everybody must know before they read a figure: no connection, sample data, and that everything is stopped. */
export function Notices({ session }: { session: Session }) {
  const newest = useNewest();
  return (
    <div className="notices">
      <Connection />
      {newest.data?.stopped ? (
        <Alert color="red" icon={<IconHandStop aria-hidden />} mb="md" title="Retinue is stopped">
          Nothing is sent and no offer is decided until somebody resumes it.
        </Alert>
      ) : null}
      {session.sample_data ? (
        <Suspense fallback={null}>
          <Sample />
        </Suspense>
      ) : null}
    </div>
  );
}

/** Says that the service does not answer; what failed meanwhile is asked again once it does. */
function Connection() {
  const { error } = useRunning();
  const queries = useQueryClient();
  const lost = error !== null && error.status >= 500;
  const before = useRef(lost);
  useEffect(() => {
    if (before.current && !lost) {
      void queries.refetchQueries({ predicate: ({ state }) => state.status === "error" });
    }
    before.current = lost;
  }, [lost, queries]);
  return (
    <div role="status">
      {lost ? (
        <Alert
          color="yellow"
          icon={<IconPlugConnectedX aria-hidden />}
          mb="md"
          title="No connection to the service"
        >
          {error.message} What you see may be out of date; it is asked for again every few seconds.
        </Alert>
      ) : null}
    </div>
  );
}
