import { SimpleGrid, Text, Title } from "@mantine/core";
import { capital, count, decimal } from "@/lib/format";
import { type Column, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Group } from "./groups";

type Trait = Group["traits"][number];

/** Some six signs of a number are more than anybody reads. */
function short(value: number | null): string {
  return value === null
    ? "not known"
    : decimal(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

const COLUMNS: readonly Column<Trait>[] = [
  {
    key: "label",
    title: "Feature",
    value: (row) => capital(row.label),
    show: (row) => <span title={row.words}>{capital(row.label)}</span>,
    fixed: true,
  },
  {
    key: "mean",
    title: "Group",
    value: (row) => row.mean,
    show: (row) => (
      <strong>
        {row.apart > 0 ? "↑ " : "↓ "}
        {short(row.mean)}
      </strong>
    ),
    right: true,
    fixed: true,
  },
  {
    key: "all",
    title: "All",
    value: (row) => row.mean_of_all,
    show: (row) => short(row.mean_of_all),
    right: true,
    fixed: true,
  },
];

/** What makes each cluster different from all customers, the most different first. */
export function TraitsPanel({ groups }: { groups: readonly Group[] }) {
  const told = groups.filter((one) => one.traits.length > 0);
  return (
    <Panel title="What sets them apart" lead="Group mean compared with the mean of all customers.">
      {told.length === 0 ? (
        <Empty
          title="No profiles yet"
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
              <DataTable
                label={`What sets ${group.name} apart`}
                columns={COLUMNS}
                rows={group.traits.slice(0, 6)}
                rowKey={(trait) => trait.feature}
              />
            </div>
          ))}
        </SimpleGrid>
      )}
    </Panel>
  );
}
