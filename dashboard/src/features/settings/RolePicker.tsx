import { Checkbox, Stack, Text } from "@mantine/core";
import { useAsk } from "@/lib/service";
import { type RoleName, roleWords } from "./words";

interface Props {
  value: readonly RoleName[];
  onChange: (roles: RoleName[]) => void;
}

/** Roles of a person, each with its words. `service` is for machines, which have keys. */
export function RolePicker({ value, onChange }: Props) {
  const { data } = useAsk("/api/v1/roles");
  return (
    <Checkbox.Group
      label="Roles"
      description="At least one"
      value={[...value]}
      onChange={(roles) => onChange(roles as RoleName[])}
    >
      <Stack gap={6} mt={6}>
        {(data?.roles ?? [])
          .filter(({ role }) => role !== "service")
          .map(({ role, words }) => (
            <Checkbox
              key={role}
              value={role}
              label={
                <>
                  {roleWords(role)}{" "}
                  <Text span size="xs" c="dimmed">
                    {words}
                  </Text>
                </>
              }
            />
          ))}
      </Stack>
    </Checkbox.Group>
  );
}
