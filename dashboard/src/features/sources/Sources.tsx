import { useCallback } from "react";
import { useParams } from "@/lib/address";
import { useAsk } from "@/lib/service";
import { useMay, useSession } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Asked, NoRunYet, Waiting } from "@/ui/states";
import { Checks } from "./Checks";
import { Firing } from "./Firing";
import { Freshness } from "./Freshness";
import { Loads } from "./Loads";
import { type Filters, Rows } from "./Rows";
import { Runs } from "./Runs";
import { SetAside } from "./SetAside";
import { Underway } from "./Underway";

/** Where the data come from, how good and how new they are, what was set aside, and the runs. */
export function Component() {
  const may = useMay();
  const { data: session } = useSession();
  const sources = useAsk("/api/v1/sources");
  const quality = useAsk("/api/v1/quality");
  const [filters, setFilters] = useParams(["table", "reason", "source"]);
  const narrow = useCallback(
    (given: Filters) => setFilters({ table: undefined, reason: undefined, source: undefined, ...given }),
    [setFilters],
  );
  const fromLoads = useCallback(
    (source: string, table: string) => {
      narrow({ source, table });
      document.getElementById("rows")?.scrollIntoView({ block: "start" });
    },
    [narrow],
  );
  return (
    <Page
      title="Sources & data quality"
      lead="What was loaded from where, how fresh and complete it is, and what was quarantined."
    >
      {may("analytics.read") ? (
        <>
          <Underway />
          <Firing />
        </>
      ) : null}
      <Asked
        query={quality}
        empty={
          <div className="panel">
            <NoRunYet what="Data quality" />
          </div>
        }
        waiting={<Waiting lines={8} />}
      >
        {(good) => (
          <>
            <Checks checks={good.checks} />
            <Asked query={sources} empty={<NoRunYet what="The list of loads" />}>
              {(found) => <Loads found={found} onSetAside={fromLoads} />}
            </Asked>
            <Freshness quality={good} />
            <SetAside
              counts={good.set_aside}
              table={filters.table}
              reason={filters.reason}
              onPick={(table, reason) => narrow({ table, reason, source: filters.source })}
            />
            {good.set_aside.length === 0 ? null : (
              <div id="rows">
                <Rows
                  filters={filters}
                  counts={good.set_aside}
                  sources={[...new Set((sources.data?.sources ?? []).map((one) => one.source))]}
                  onFilter={narrow}
                />
              </div>
            )}
          </>
        )}
      </Asked>
      {may("analytics.read") && quality.error?.status !== 404 ? (
        <Runs currency={session?.currency ?? "EUR"} />
      ) : null}
    </Page>
  );
}
