import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";

/** Alerts that fire: what is wrong, since when, what to do. Nothing where none does. */
export function Firing() {
  const { data } = useAsk("/api/v1/alerts", undefined, { refetchInterval: 60_000 });
  if (data === undefined || data.alerts.length === 0) return null;
  return (
    <Stack gap="xs">
      {data.alerts.map((one) => (
        <Alert
          key={one.alert}
          color={one.severity === "page" ? "red" : "yellow"}
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={one.words}
        >
          <Text size="sm">
            <span title={time(one.since)}>Since {fromNow(one.since)}.</span> What to do:{" "}
            {one.do.startsWith("retinue ") ? <code>{one.do}</code> : one.do}
          </Text>
        </Alert>
      ))}
    </Stack>
  );
}
