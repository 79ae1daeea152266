import { Anchor, Code, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { time, words } from "@/lib/format";
import { Drawer } from "@/ui/Dialog";
import { type AuditRecord, actionWords, placeOf } from "./words";

/** One record whole. */
export function Detail({ record, onClose }: { record: AuditRecord | undefined; onClose: () => void }) {
  return (
    <Drawer
      opened={record !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={record === undefined ? "" : `Record ${record.number}: ${actionWords(record.action)}`}
      closeButtonProps={{ "aria-label": "Close the record" }}
    >
      {record === undefined ? null : <Whole record={record} />}
    </Drawer>
  );
}

function Whole({ record }: { record: AuditRecord }) {
  const place = placeOf(record);
  const entries = Object.entries(record.detail);
  return (
    <Stack gap="md">
      <Facts
        rows={[
          ["When", `${time(record.at)} (${record.at})`],
          ["Who", record.actor],
          ["Action", record.action],
          ["Kind", record.kind],
          ["Subject", record.object],
        ]}
      />
      {place === undefined ? null : (
        <Anchor component={Link} to={place.path} size="sm" c="var(--retinue-link)">
          {place.label}
        </Anchor>
      )}
      <div>
        <Text fw={600} size="sm" mb={4}>
          Details
        </Text>
        {entries.length === 0 ? (
          <Text size="sm" c="dimmed">
            No details.
          </Text>
        ) : (
          <Facts rows={entries.map(([name, value]) => [words(name), value])} />
        )}
      </div>
      <div>
        <Text fw={600} size="sm" mb={4}>
          Chain
        </Text>
        <Facts
          rows={[
            ["Hash", record.hash],
            ["Hash before", record.previous],
          ]}
        />
      </div>
    </Stack>
  );
}

function Facts({ rows }: { rows: readonly (readonly [string, unknown])[] }) {
  return (
    <Table verticalSpacing={6} withRowBorders>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={140} style={{ verticalAlign: "top" }}>
              <Text size="xs" c="dimmed" fw={500}>
                {name}
              </Text>
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              {typeof value === "object" && value !== null ? (
                <Code block mah={320} style={{ overflow: "auto" }} tabIndex={0} aria-label={name}>
                  {JSON.stringify(value, null, 1)}
                </Code>
              ) : (
                String(value)
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
