import { cents, count, fromNow, time } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Tile } from "@/ui/Tile";
import type { Filters } from "./queue";

const UNKNOWN = "cannot be shown at the moment";

/** The queue in numbers, and what the newest run did by itself. */
export function Tiles({ filters }: { filters: Filters }) {
  const may = useMay();
  const queue = useAsk("/api/v1/counts/reviews", {
    query: filters.campaign === undefined ? {} : { campaign_id: filters.campaign },
  });
  const newest = useNewest();
  const alone = useAsk(
    "/api/v1/counts/customers",
    { query: { action_type: ["auto_execute"] } },
    { enabled: may("customers.read") },
  );
  const told = queue.data;
  const why = queue.error === null ? undefined : UNKNOWN;
  const known = <T,>(write: (data: NonNullable<typeof told>) => T): T | "–" | undefined =>
    told === undefined ? (why === undefined ? undefined : "–") : write(told);
  return (
    <section className="tiles" aria-label="The queue in numbers">
      <Tile
        label="Waiting"
        definition="Open cases, without those that are snoozed."
        value={known((data) => count(data.waiting))}
        note={
          told === undefined
            ? why
            : [
                `${count(told.urgent)} urgent`,
                `${count(told.mine)} assigned to you`,
                ...(told.second_approval > 0
                  ? [`${count(told.second_approval)} need a second approval`]
                  : []),
              ].join(" · ")
        }
      />
      <Tile
        label="Due or overdue"
        definition="Cases whose answer is due before midnight (UTC), and those whose time is over."
        value={known((data) => count(data.overdue + data.due_today))}
        note={
          told === undefined ? (
            why
          ) : (
            <>
              <span style={told.overdue > 0 ? { color: "var(--retinue-bad)" } : undefined}>
                {count(told.overdue)} overdue
              </span>
              {` · ${count(told.due_today)} still today`}
              {told.escalated > 0 ? ` · ${count(told.escalated)} escalated` : ""}
            </>
          )
        }
      />
      <Tile
        label="Expected net"
        definition="What the waiting offers are expected to earn beyond their cost, if all are approved: a forecast, not a measurement."
        value={known((data) => cents(data.expected_cents, data.currency))}
        note={told === undefined ? why : "a forecast, not yet earned"}
      />
      <Tile
        label="Cost if approved"
        definition="What the waiting offers would cost, if all are approved."
        value={known((data) => cents(data.cents, data.currency))}
        note={told === undefined ? why : `for ${count(told.offers)} offers`}
      />
      {may("customers.read") ? (
        <Tile
          label="Automatic offers"
          definition="Offers of the newest run that need no review: they go out with its campaign."
          value={
            alone.data === undefined ? (alone.error === null ? undefined : "–") : count(alone.data.total)
          }
          to={alone.data === undefined ? undefined : "/customers?action_type=auto_execute"}
          note={
            newest.data === undefined ? (
              newest.error === null ? undefined : newest.error.status === 404 ? (
                "after the first run"
              ) : (
                UNKNOWN
              )
            ) : (
              <span title={`${newest.data.run}, as of ${time(newest.data.as_of)}`}>
                by the run as of {fromNow(newest.data.as_of)}
              </span>
            )
          }
        />
      ) : null}
    </section>
  );
}
