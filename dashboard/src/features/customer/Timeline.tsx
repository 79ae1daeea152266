import { Chip, Group, Text } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import { useParam } from "@/lib/address";
import { day, time } from "@/lib/format";
import { usePages } from "@/lib/service";
import { useSession } from "@/lib/session";
import { More } from "@/ui/More";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";
import styles from "./customer.module.css";
import { type Entry, GROUPS, said } from "./entries";

/** All that happened to the customer, newest first; of some kinds alone where that is asked. */
export function Timeline({ id, currency }: { id: string; currency: string | undefined }) {
  const own = useSession().data?.currency ?? "EUR";
  const [only, setOnly] = useParam("kinds");
  const names = useMemo(
    () => only.split(" ").filter((name) => GROUPS.some((one) => one.name === name)),
    [only],
  );
  const kinds = GROUPS.filter((one) => names.includes(one.name)).flatMap((one) => one.kinds);
  const pages = usePages("/api/v1/customers/{customer_id}/timeline", {
    path: { customer_id: id },
    query: { limit: 50, ...(kinds.length === 0 ? {} : { kind: [...kinds] }) },
  });
  const entries = useMemo(() => pages.data?.pages.flatMap((page) => page.entries) ?? [], [pages.data]);
  return (
    <Panel title="Timeline" lead="Scores, decisions, deliveries, responses and consent, newest first.">
      <Chip.Group multiple value={names} onChange={(next) => setOnly(next.join(" ") || undefined)}>
        <Group gap={6} mb="md" role="group" aria-label="Kinds of entries">
          {GROUPS.map((one) => (
            <Chip key={one.name} value={one.name} size="xs" variant="outline">
              {one.label}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Asked
        query={pages}
        empty={
          <Text size="sm" c="dimmed">
            {names.length > 0
              ? "No entries of this kind."
              : "No entries yet: runs, deliveries and responses will be listed here."}
          </Text>
        }
        isEmpty={() => entries.length === 0}
      >
        {() => (
          <>
            <ol className={styles.timeline}>
              {entries.map((entry, place) => (
                <Line key={place} entry={entry} before={entries[place - 1]} currency={currency ?? own} />
              ))}
            </ol>
            <More pages={pages} what="entries" />
          </>
        )}
      </Asked>
    </Panel>
  );
}

function Line({ entry, before, currency }: { entry: Entry; before: Entry | undefined; currency: string }) {
  const { title, more } = said(entry, currency);
  const date = day(entry.at);
  return (
    <li className={styles.entry}>
      <Text size="xs" c="dimmed" className="numbers" title={time(entry.at)}>
        {before !== undefined && day(before.at) === date ? <span className="hidden-text">{date}</span> : date}
      </Text>
      <span className={styles.dot} data-kind={entry.kind} aria-hidden />
      <div>
        <Text size="sm" fw={550}>
          {title}
        </Text>
        <Text size="xs" c="dimmed">
          {more}
          {entry.campaign_id === null || entry.kind === "assessed" ? null : (
            <>
              {more === undefined ? "" : " · "}
              <Link className="quiet" to={`/campaigns/${encodeURIComponent(entry.campaign_id)}`}>
                {entry.campaign_id}
              </Link>
            </>
          )}
        </Text>
      </div>
    </li>
  );
}
