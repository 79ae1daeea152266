import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Modal } from "@/ui/Dialog";

export interface Made {
  name: string;
  /** Null where one was given. */
  password: string | null;
  /** Everybody must sign in from now on. */
  first?: boolean;
}

/** A password that was made up, shown once: nothing keeps it. */
export function PasswordOnce({ made, onClose }: { made: Made; onClose: () => void }) {
  const queries = useQueryClient();
  const done = () => {
    onClose();
    if (made.first) void queries.resetQueries();
  };
  return (
    <Modal
      opened
      onClose={done}
      title={`The password of ${made.name}`}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <Text size="sm">
          Hand it over by a way you trust. It is shown this once and cannot be had again; a lost one is
          replaced.
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Code fz="md" style={{ overflowWrap: "anywhere" }}>
            {made.password}
          </Code>
          <CopyButton value={made.password ?? ""}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="light" onClick={copy} style={{ flex: "none" }}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Group justify="flex-end">
          <Button onClick={done}>I have it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
