import { notificationsStore } from "@mantine/notifications";
import { lazy, Suspense, useEffect, useState } from "react";

const Shown = lazy(() => import("./Told"));

/** Where notices appear; what draws them is loaded with the first one. */
export function Telling() {
  const [any, setAny] = useState(false);
  useEffect(() => notificationsStore.subscribe(() => setAny(true)), []);
  return any ? (
    <Suspense fallback={null}>
      <Shown position="bottom-right" limit={3} />
    </Suspense>
  ) : null;
}
