import type { ReactNode } from "react";
import { useMay } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Empty } from "@/ui/states";
import { placeOf } from "./places";

/** A view for whoever may see it; others are told what they lack, and nothing is asked for. */
export function Allowed({ path, children }: { path: string; children: ReactNode }) {
  const may = useMay();
  const place = placeOf(path);
  // The first page leads whoever answers no cases to another view.
  if (place === undefined || place.path === "/" || may(place.permission)) return children;
  return (
    <Page title={place.label}>
      <div className="panel">
        <Empty
          title="You may not see this"
          why={`${place.label} needs the permission ${place.permission}. Ask an administrator for a role that has it.`}
          to={{ label: "Go to the start page", path: "/" }}
        />
      </div>
    </Page>
  );
}
