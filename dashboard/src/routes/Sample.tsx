import { Badge, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconFlask } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { answered } from "@/api/client";
import { service } from "@/lib/service";
import { useMay } from "@/lib/session";

const Confirm = lazy(() => import("@/ui/Confirm").then((found) => ({ default: found.Confirm })));

/** Says that the business is simulated, and removes it. */
export default function Sample() {
  const may = useMay();
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const remove = async () => {
    close();
    try {
      await answered(service.DELETE("/api/v1/sample", {}));
      await queries.resetQueries();
      notifications.show({
        title: "The sample data are gone",
        message: "Load your own: retinue run --data FOLDER",
      });
    } catch (error) {
      notifications.show({ color: "red", title: "That did not work", message: (error as Error).message });
    }
  };
  return (
    <Group gap="xs" mb="md" className="no-print">
      <Badge className="mark" color="grape" leftSection={<IconFlask size={12} aria-hidden />}>
        Sample data
      </Badge>
      <Text size="xs" c="dimmed" visibleFrom="sm">
        A simulated business, so that every view has something to show.
      </Text>
      {may("sample.remove") ? (
        <Button size="compact-xs" variant="subtle" onClick={open}>
          Remove
        </Button>
      ) : null}
      {opened ? (
        <Suspense fallback={null}>
          <Confirm
            opened
            onClose={close}
            title="Remove the sample data?"
            label="Remove"
            color="red"
            onConfirm={() => void remove()}
          >
            <Text size="sm">
              The simulated customers, their campaigns and every figure go; an empty project stays, ready for
              your own data.
            </Text>
          </Confirm>
        </Suspense>
      ) : null}
    </Group>
  );
}
