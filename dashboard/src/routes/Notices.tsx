import { Alert } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useNewest } from "@/lib/newest";
import type { Session } from "@/lib/session";

const Sample = lazy(() => import("./Sample"));

/** What everybody must know before they read a figure: sample data, and that everything is stopped. */
export function Notices({ session }: { session: Session }) {
  const newest = useNewest();
  return (
    <>
      {newest.data?.stopped ? (
        <Alert color="red" icon={<IconHandStop aria-hidden />} mb="md" title="Retinue is stopped">
          Nothing is sent and no offer is decided until somebody lets it go on.
        </Alert>
      ) : null}
      {session.sample_data ? (
        <Suspense fallback={null}>
          <Sample />
        </Suspense>
      ) : null}
    </>
  );
}
