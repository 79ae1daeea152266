import { Badge, Group, Text } from "@mantine/core";
import { IconCheck, IconHelp, IconX } from "@tabler/icons-react";
import type { Schemas } from "@/api/client";
import { words } from "@/lib/format";

type Check = Schemas["QualityCheck"];

const TITLES: Record<string, string> = {
  freshness: "Data is fresh",
  accepted: "Rows accepted",
  customers_known: "Customers known",
};

/** What was checked, each passed, failed, or not to be told, in words. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <div className="tiles">
      {checks.map((check) => (
        <div key={check.check} className="panel" style={{ padding: "var(--mantine-spacing-md)" }}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm" fw={600}>
              {TITLES[check.check] ?? words(check.check)}
            </Text>
            <Passed passed={check.passed} />
          </Group>
          <Text size="sm" c="dimmed" mt={6}>
            {check.words}
          </Text>
        </div>
      ))}
    </div>
  );
}

function Passed({ passed }: { passed: boolean | null }) {
  if (passed === null) {
    return (
      <Badge className="mark" color="gray" leftSection={<IconHelp size={12} aria-hidden />}>
        Not checked
      </Badge>
    );
  }
  return passed ? (
    <Badge className="mark" color="teal" leftSection={<IconCheck size={12} aria-hidden />}>
      Passed
    </Badge>
  ) : (
    <Badge className="mark" color="red" leftSection={<IconX size={12} aria-hidden />}>
      Failed
    </Badge>
  );
}
