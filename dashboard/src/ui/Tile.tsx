import { Group, Skeleton, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconMinus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Hint } from "./Hint";
import { Sparkline } from "./Sparkline";

interface Props {
  label: string;
  /** How the number comes about, in words. */
  definition?: string;
  /** The number as it is written; undefined while it is asked for, null where it is not known (say why in the note). */
  value: ReactNode | null | undefined;
  /** Its interval, or the reason why there is no number. */
  note?: ReactNode;
  /** The change to the period before, as it is written, and whether that is good. */
  change?: { text: string; direction: "up" | "down" | "same"; good?: boolean | undefined } | undefined;
  /** Where the customers behind the number are listed. */
  to?: string | undefined;
  /** How the number went, run by run or month by month. */
  trend?: readonly (number | null | undefined)[] | undefined;
}

const ARROWS = { up: IconArrowUpRight, down: IconArrowDownRight, same: IconMinus };

/** One key figure. */
export function Tile({ label, definition, value, note, change, to, trend }: Props) {
  const Arrow = change === undefined ? undefined : ARROWS[change.direction];
  const colour =
    change?.good === undefined || change.direction === "same"
      ? "dimmed"
      : change.good
        ? "var(--retinue-good)"
        : "var(--retinue-bad)";
  return (
    <div className="panel" style={{ padding: "var(--mantine-spacing-md)" }}>
      <Group gap={4} wrap="nowrap">
        <Text size="sm" c="dimmed" fw={500}>
          {label}
        </Text>
        {definition === undefined ? null : <Hint label={`${label}: ${definition}`} text={definition} />}
      </Group>
      {value === undefined ? (
        <Skeleton h={30} w="55%" mt={6} />
      ) : value === null ? (
        <Text fz={16} fw={500} lh="33px" mt={2} c="dimmed">
          not enough data yet
        </Text>
      ) : (
        <Group gap="xs" justify="space-between" align="flex-end" wrap="nowrap" mt={2}>
          <Text fz={26} fw={650} lh={1.25} className="numbers nowrap" component="div">
            {to === undefined ? (
              value
            ) : (
              <Link to={to} className="quiet">
                {value}
              </Link>
            )}
          </Text>
          {trend === undefined ? null : <Sparkline values={trend} />}
        </Group>
      )}
      {note === undefined ? null : (
        <Text size="xs" c="dimmed" mt={2} className="numbers" component="div">
          {note}
        </Text>
      )}
      {change === undefined || Arrow === undefined ? null : (
        <Group gap={4} mt={4} c={colour} wrap="nowrap">
          <Arrow size={14} aria-hidden style={{ flex: "none" }} />
          <Text size="xs" className="numbers" title="Compared with the previous period">
            {change.text}
          </Text>
        </Group>
      )}
    </div>
  );
}
