import { Stack, Switch, Table } from "@mantine/core";
import { Modal } from "@/ui/Dialog";
import { KEYS } from "./keys";

interface Props {
  opened: boolean;
  on: boolean;
  onSwitch: (on: boolean) => void;
  onClose: () => void;
}

/** The keys of the queue, and the switch that turns them off. */
export function KeysHelp({ opened, on, onSwitch, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" transitionProps={{ duration: 0 }}>
      <Stack gap="md">
        <Table verticalSpacing={4} aria-label="Keyboard shortcuts">
          <Table.Tbody>
            {KEYS.map((one) => (
              <Table.Tr key={one.keys}>
                <Table.Th scope="row" w={60} fw={400}>
                  <kbd>{one.keys}</kbd>
                </Table.Th>
                <Table.Td>{one.does}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Switch
          label="Shortcuts are on"
          description="Turn them off where single letters get in the way, such as with speech input."
          checked={on}
          onChange={(event) => onSwitch(event.currentTarget.checked)}
        />
      </Stack>
    </Modal>
  );
}
