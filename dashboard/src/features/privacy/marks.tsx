import { Badge, Text } from "@mantine/core";
import { time } from "@/lib/format";
import { CustomerLink } from "@/ui/marks";
import { dueWords, isErased, isOpen, isOverdue, type Request, stateWords } from "./words";

const COLOURS: Record<Request["state"], string> = {
  open: "yellow",
  working: "blue",
  done: "teal",
  refused: "gray",
};

export function State({ request }: { request: Request }) {
  return (
    <Badge className="mark" color={COLOURS[request.state]}>
      {stateWords(request)}
    </Badge>
  );
}

/** When it is due; red when it is late, in words too. */
export function Due({ request }: { request: Request }) {
  if (!isOpen(request)) {
    return (
      <Text span size="sm" c="dimmed" className="nowrap" title={`Was due ${time(request.due_at)}`}>
        closed
      </Text>
    );
  }
  const colour = isOverdue(request)
    ? "var(--retinue-bad)"
    : request.near_due
      ? "var(--retinue-warn)"
      : undefined;
  return (
    <Text
      span
      size="sm"
      fw={colour === undefined ? 400 : 600}
      className="nowrap"
      title={time(request.due_at)}
      {...(colour === undefined ? {} : { c: colour })}
    >
      {dueWords(request)}
    </Text>
  );
}

/** The customer, or that only a token is left of them. */
export function Whose({ request }: { request: Request }) {
  if (!isErased(request)) return <CustomerLink id={request.customer_id} />;
  return (
    <Text span size="sm" c="dimmed" title={`On the erasure list as ${request.customer_id}`}>
      erased
    </Text>
  );
}
