import { Badge, Text } from "@mantine/core";
import { day } from "@/lib/format";

/** What an offer came to, and when that was known. */
export function OutcomeMark({ retained, at }: { retained: boolean | null; at: string | null }) {
  if (retained === null) return <Faint>not known yet</Faint>;
  return (
    <Badge className="mark" color={retained ? "teal" : "red"}>
      {retained ? "Stayed" : "Left"} {day(at)}
    </Badge>
  );
}

/** What is not there, in a cell. */
export function Faint({ children }: { children: string }) {
  return (
    <Text span size="sm" c="dimmed">
      {children}
    </Text>
  );
}
