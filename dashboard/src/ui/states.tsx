import {
  Alert,
  Anchor,
  Button,
  Code,
  CopyButton,
  Group,
  Skeleton,
  Stack,
  Text,
  ThemeIcon,
  Title,
} from "@mantine/core";
import { IconAlertTriangle, IconInbox, IconLock } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Refused } from "@/api/client";

interface EmptyProps {
  /** What will be here. */
  title: string;
  /** Why it is empty. */
  why: ReactNode;
  /** The one next step: a command, a place to go, or something to press. */
  command?: string;
  to?: { label: string; path: string };
  action?: ReactNode;
}

/** Nothing here yet: what will be, why it is not, and the one next step. */
export function Empty({ title, why, command, to, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <ThemeIcon variant="light" size={44} radius="xl" aria-hidden>
        <IconInbox size={22} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed" maw={520} component="div">
        {why}
      </Text>
      {command === undefined ? null : <Command text={command} />}
      {to === undefined ? null : (
        <Button component={Link} to={to.path} variant="light">
          {to.label}
        </Button>
      )}
      {action}
    </Stack>
  );
}

/** A command to copy. */
export function Command({ text }: { text: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Code fz="sm" style={{ overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            size="compact-xs"
            variant="subtle"
            style={{ flex: "none" }}
            onClick={copy}
            aria-label={copied ? "Copied" : `Copy the command ${text}`}
          >
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

/** What the service refused, in its own words, with its own fix. */
export function Failure({
  error,
  retry,
  title = "This could not be shown",
}: {
  error: Error;
  retry?: () => void;
  /** Of an act: that it was not done. */
  title?: string;
}) {
  const refused = error instanceof Refused ? error : undefined;
  const forbidden = refused?.status === 403;
  return (
    <Alert
      color={forbidden ? "gray" : "red"}
      variant="light"
      icon={forbidden ? <IconLock aria-hidden /> : <IconAlertTriangle aria-hidden />}
      title={forbidden ? "You may not see this" : title}
      role="alert"
    >
      <Text size="sm">{error.message}</Text>
      {refused?.fix === undefined ? null : (
        <Text size="sm" mt={4}>
          {refused.fix}
        </Text>
      )}
      <Group gap="sm" mt="xs">
        {retry === undefined || forbidden ? null : (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
        {refused?.code ? (
          <Text size="xs" c="dimmed">
            {refused.code}
          </Text>
        ) : null}
      </Group>
    </Alert>
  );
}

/** Grey lines while something is asked for. */
export function Waiting({ lines = 4, height = 18 }: { lines?: number; height?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading" role="status" p="md">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} h={height} w={`${96 - ((line * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

interface AskedProps<T> {
  /** One answer, or the pages of a listing. */
  query: Pick<UseQueryResult<T, Refused>, "data" | "error" | "isPending"> & { refetch: () => unknown };
  /** Shown instead of the children when the service has nothing (404), or `isEmpty` says so. */
  empty?: ReactNode;
  isEmpty?: (data: T) => boolean;
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
}

/** What was asked for, in each of its states: asked, refused, empty, there. */
export function Asked<T>({ query, empty, isEmpty, waiting, children }: AskedProps<T>) {
  if (query.data !== undefined && !(query.error?.status === 404)) {
    return empty !== undefined && isEmpty?.(query.data) ? empty : children(query.data);
  }
  if (query.isPending) return waiting ?? <Waiting />;
  if (empty !== undefined && query.error?.status === 404) return empty;
  return <Failure error={query.error as Error} retry={() => void query.refetch()} />;
}

/** The empty state of everything that a run makes. framed: it stands alone in its view. */
export function NoRunYet({ what, framed = false }: { what: string; framed?: boolean }) {
  const told = (
    <Empty
      title={`${what} will be here after the first run`}
      why="A run loads your data, scores every customer and decides what to do. This project has no run yet."
      command="retinue run"
    />
  );
  return framed ? <div className="panel">{told}</div> : told;
}

/** A figure that cannot be told yet, and why. */
export function NotEnough({ why }: { why?: string | null | undefined }) {
  return (
    <Text span size="sm" c="dimmed" title={why ?? undefined}>
      not enough data yet
    </Text>
  );
}

/** The page of an address that is none. */
export function NoSuchPage() {
  return (
    <Stack align="center" py={80} gap="xs">
      <Title order={1}>Page not found</Title>
      <Anchor component={Link} to="/">
        Go to Today
      </Anchor>
    </Stack>
  );
}
