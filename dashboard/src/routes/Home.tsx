import { lazy, Suspense } from "react";
import { Navigate } from "react-router";
import { useMay } from "@/lib/session";
import { Waiting } from "@/ui/states";
import { PLACES } from "./places";

const Today = lazy(() => import("@/features/today/Today").then((found) => ({ default: found.Component })));

/** What is to do today; whoever answers no cases begins with the first view that they may see. */
export function Home() {
  const may = useMay();
  if (may("reviews.read")) {
    return (
      <Suspense fallback={<Waiting />}>
        <Today />
      </Suspense>
    );
  }
  const results = PLACES.flatMap((group) => group.places).filter(
    (place) => place.path !== "/" && may(place.permission),
  );
  const first = results.find((place) => place.path === "/pipeline") ?? results[0];
  return first === undefined ? (
    <p>Your role may see nothing here. Ask an administrator for another.</p>
  ) : (
    <Navigate to={first.path} replace />
  );
}
