import { Group, Text } from "@mantine/core";
import { type Cause, causeTold, stepsOf } from "@/lib/causes";
import { decimal } from "@/lib/format";
import styles from "./Causes.module.css";

interface Props {
  causes: readonly Cause[];
}

/** What leads from the average customer's score to this one's: a bar for each cause, one after another. */
export function Causes({ causes }: Props) {
  const steps = stepsOf(causes);
  const ends = steps.flatMap(({ from, to }) => [from, to]);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const width = most - least || 1;
  const share = (value: number) => ((value - least) / width) * 100;
  const sum = steps.at(-1)?.to ?? 0;
  return (
    <div>
      <ol className={styles.list}>
        {steps.map(({ cause, from, to }) => {
          const base = cause.feature === "(base)";
          const raises = cause.contribution > 0;
          const { label, value, typical } = causeTold(cause.text);
          const named = base
            ? "The average customer"
            : cause.feature === "(others)"
              ? "Everything else together"
              : label.charAt(0).toUpperCase() + label.slice(1);
          return (
            <li key={cause.feature} className={styles.row}>
              <div>
                <Text size="sm" lh={1.3}>
                  {named}
                </Text>
                {value === undefined ? null : (
                  <Text size="xs" c="dimmed">
                    {value}
                    {typical === undefined ? null : `, typical ${typical}`}
                  </Text>
                )}
              </div>
              <div className={styles.track} aria-hidden>
                <span
                  className={base ? styles.base : raises ? styles.raises : styles.lowers}
                  style={{
                    left: `${share(Math.min(from, to))}%`,
                    width: `${Math.max(0.6, (Math.abs(to - from) / width) * 100)}%`,
                  }}
                />
                <span className={styles.zero} style={{ left: `${share(0)}%` }} />
              </div>
              <Text size="sm" className={`numbers ${styles.number}`}>
                {raises ? "+" : "−"}
                {decimal(Math.abs(cause.contribution), 2)}
                <span className="hidden-text">
                  {base ? " to begin with" : raises ? " raises the risk" : " lowers the risk"}
                </span>
              </Text>
            </li>
          );
        })}
      </ol>
      <Group justify="space-between" mt={6} gap="xs">
        <Text size="xs" c="dimmed">
          <span className={`${styles.key} ${styles.raises}`} aria-hidden /> raises the risk{" "}
          <span className={`${styles.key} ${styles.lowers}`} aria-hidden /> lowers it. Each bar begins where
          the one before ended, in log-odds.
        </Text>
        <Text size="sm" fw={600} className="numbers">
          Score {sum < 0 ? "−" : "+"}
          {decimal(Math.abs(sum), 2)}
        </Text>
      </Group>
    </div>
  );
}
