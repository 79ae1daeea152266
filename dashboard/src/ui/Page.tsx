import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  /** One sentence on what the view answers. */
  lead?: ReactNode;
  /** Filters and buttons beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A view: its title, what it answers, its filters, its content. */
export function Page({ title, lead, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Retinue`;
  }, [title]);
  return (
    <Stack gap="lg" maw={1480} mx="auto">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Title order={1}>{title}</Title>
          {lead === undefined ? null : (
            <Text c="dimmed" size="sm" mt={4} maw={760} component="div">
              {lead}
            </Text>
          )}
        </div>
        {actions === undefined ? null : <div className="page-actions no-print">{actions}</div>}
      </Group>
      {children}
    </Stack>
  );
}
