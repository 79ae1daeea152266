import { Badge, Text } from "@mantine/core";
import { Link } from "react-router";
import { interval, NOTHING, percent, words } from "@/lib/format";

const RISKS: Record<string, string> = { CRITICAL: "red", HIGH: "orange", MEDIUM: "yellow", LOW: "teal" };

/** A level of risk; in words, not by colour alone. */
export function RiskBadge({ level }: { level: string }) {
  return (
    <Badge className="mark" color={RISKS[level] ?? "gray"}>
      {words(level)}
    </Badge>
  );
}

const STATES: Record<string, string> = {
  running: "blue",
  approved: "teal",
  done: "teal",
  delivered: "teal",
  sent: "teal",
  finished: "gray",
  planned: "indigo",
  waiting: "yellow",
  paused: "orange",
  stopped: "red",
  failed: "red",
  rejected: "red",
  refused: "red",
};

/** A state, such as running or waiting. */
export function StateBadge({ state }: { state: string }) {
  return (
    <Badge className="mark" color={STATES[state] ?? "gray"}>
      {words(state)}
    </Badge>
  );
}

/** A probability with a bar beside it. */
export function Probability({ value }: { value: number | null | undefined }) {
  if (typeof value !== "number") return <span>{NOTHING}</span>;
  return (
    <span
      className="numbers"
      style={{ display: "inline-flex", alignItems: "center", gap: 8, whiteSpace: "nowrap" }}
    >
      <span
        aria-hidden
        style={{
          width: 56,
          height: 6,
          borderRadius: 3,
          background: "var(--retinue-line)",
          overflow: "hidden",
          display: "inline-block",
        }}
      >
        <span
          style={{
            display: "block",
            height: "100%",
            width: `${Math.round(value * 100)}%`,
            background: value >= 0.4 ? "var(--retinue-bad)" : "var(--mantine-primary-color-filled)",
          }}
        />
      </span>
      {percent(value)}
    </span>
  );
}

interface FigureProps {
  value: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
  write: (value: number | null | undefined) => string;
  /** Why there is no number. */
  why?: string | null | undefined;
  /** Of what kind the interval is; 95 % unless said. */
  kind?: string;
}

/** A number with its interval below it; without enough data the words for it instead of a number. */
export function Figure({ value, low, high, write, why, kind = "95 % interval" }: FigureProps) {
  if (typeof value !== "number") {
    return (
      <Text span className="too-little" title={why ?? "There are too few results to tell."}>
        not enough data yet
      </Text>
    );
  }
  return (
    <span className="numbers">
      {write(value)}
      {typeof low === "number" && typeof high === "number" ? (
        <Text span size="xs" c="dimmed" title={kind} display="block" lh={1.3}>
          {interval(low, high, write)}
        </Text>
      ) : null}
    </span>
  );
}

/** A link to one customer. */
export function CustomerLink({ id }: { id: string }) {
  return (
    <Link className="plain numbers" to={`/customers/${encodeURIComponent(id)}`}>
      {id}
    </Link>
  );
}
