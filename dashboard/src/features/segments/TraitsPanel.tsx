import { List, SimpleGrid, Text, Title } from "@mantine/core";
import { count } from "@/lib/format";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Group } from "./groups";

/** What makes each cluster different from all customers, the most different first. */
export function TraitsPanel({ groups }: { groups: readonly Group[] }) {
  const told = groups.filter((one) => one.traits.length > 0);
  return (
    <Panel title="What makes them different" lead="Means of the group beside the mean of all customers.">
      {told.length === 0 ? (
        <Empty
          title="Not told"
          why="The newest run left no profile of its clusters. The next one will."
          command="retinue run"
        />
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="lg">
          {told.map((group) => (
            <div key={group.name}>
              <Title order={3}>{group.name}</Title>
              <Text size="xs" c="dimmed" mb={4}>
                {count(group.customers)} customers
              </Text>
              <List size="sm" spacing={2}>
                {group.traits.slice(0, 6).map((trait) => (
                  <List.Item key={trait.feature}>{trait.words}</List.Item>
                ))}
              </List>
            </div>
          ))}
        </SimpleGrid>
      )}
    </Panel>
  );
}
