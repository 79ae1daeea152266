import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle, IconEyeOff } from "@tabler/icons-react";
import type { Schemas } from "@/api/client";

type Check = Schemas["RatioCheck"];

/** Whether arms have the numbers they were drawn in. Broken: no winner may be read from them. */
export function RatioNotice({ checks }: { checks: readonly Check[] }) {
  const broken = checks.filter((one) => one.state === "broken");
  const doubtful = checks.filter((one) => one.state === "warning");
  if (broken.length > 0) {
    return (
      <Alert
        color="red"
        icon={<IconEyeOff aria-hidden />}
        title="Sample-ratio mismatch: the winner is hidden"
        mb="sm"
      >
        {broken.map((one) => one.statement).join(" ")} Such numbers come about by chance less than once in a
        thousand, so something decides who gets into which arm. Find it before you read a result.
      </Alert>
    );
  }
  if (doubtful.length > 0) {
    return (
      <Alert
        color="yellow"
        icon={<IconAlertTriangle aria-hidden />}
        title="The sample ratio is doubtful"
        mb="sm"
      >
        {doubtful.map((one) => one.statement).join(" ")}
      </Alert>
    );
  }
  return (
    <Text size="xs" c="dimmed" mb="sm">
      {checks.map((one) => one.statement).join(" ")}
    </Text>
  );
}
