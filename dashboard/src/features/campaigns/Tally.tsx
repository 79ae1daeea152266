import { Text } from "@mantine/core";
import { count, percent } from "@/lib/format";

interface Props {
  /** What is counted by. */
  what: string;
  counts: Record<string, number>;
  name: (key: string) => string;
  /** What is counted. */
  of?: string;
  /** Said where there is nothing to count. */
  nothing: string;
}

/** Counts by a name, most first, each with its share. */
export function Tally({ what, counts, name, nothing, of = "Customers" }: Props) {
  const rows = Object.entries(counts)
    .filter(([, number]) => number > 0)
    .sort(([, one], [, other]) => other - one);
  const all = rows.reduce((sum, [, number]) => sum + number, 0);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed" px="md" pb="md">
        {nothing}
      </Text>
    );
  }
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col" className="right">
            {of}
          </th>
          <th scope="col" className="right">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([key, number]) => (
          <tr key={key}>
            <td>{name(key)}</td>
            <td className="right">{count(number)}</td>
            <td className="right">{percent(number / all)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
