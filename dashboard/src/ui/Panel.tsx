import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  /** What it shows and how to read it, in one or two sentences. */
  lead?: ReactNode;
  actions?: ReactNode;
  /** Content runs to the edge, for tables. */
  flush?: boolean;
  children: ReactNode;
}

/** A titled part of a view. */
export function Panel({ title, lead, actions, flush = false, children }: Props) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" px="md" pt="sm" pb={flush ? "sm" : 0} gap="sm">
        <div style={{ flex: "1 1 12rem", minWidth: 0 }}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {lead === undefined ? null : (
            <Text size="xs" c="dimmed" mt={2} component="div">
              {lead}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {flush ? children : <div style={{ padding: "var(--mantine-spacing-md)" }}>{children}</div>}
    </section>
  );
}
