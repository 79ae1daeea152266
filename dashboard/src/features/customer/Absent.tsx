import type { Refused } from "@/api/client";
import { Empty } from "@/ui/states";

const REASONS: readonly { begin: string; title: string; why: string }[] = [
  {
    begin: "The customer had left",
    title: "This customer has left",
    why: "Only active customers are scored. What happened before is in the timeline below, as far as it is kept.",
  },
  {
    begin: "The customer had been there too short",
    title: "Too new to score",
    why: "The customer has been there for too short a time for a score that means anything. A later run will have one.",
  },
  {
    begin: "The customer objected",
    title: "This customer objected to being profiled",
    why: "They are not scored, and no offer is decided for them. What happened before is in the timeline below.",
  },
];

/** Why there is no profile, told as what it is. */
export function Absent({ error }: { error: Refused | null }) {
  const told = REASONS.find((one) => error?.message.startsWith(one.begin));
  return (
    <section className="panel" aria-label="There is no profile">
      {told === undefined ? (
        <Empty
          title="No active customer has this ID"
          why={error?.message ?? "No customer of that id is known."}
          to={{ label: "See all customers", path: "/customers" }}
        />
      ) : (
        <Empty title={told.title} why={told.why} to={{ label: "See active customers", path: "/customers" }} />
      )}
    </section>
  );
}
