import { Code, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Refused } from "@/api/client";
import { count, time } from "@/lib/format";
import { type Column, DataTable } from "@/ui/DataTable";
import { Command, Failure, Waiting } from "@/ui/states";
import { resultOf, textOf } from "./files";
import { Take } from "./Take";

interface Place {
  place: string;
  rows_before: number;
  rows_after: number;
  became: string;
}

/** What of a certificate is shown; the file holds all of it, with its signature. */
interface Told {
  erased_at: string;
  places: Place[];
  stays: string[];
  not_reached: string[];
  models: { model: string; sha256: string }[];
  public_key: string;
}

const COLUMNS: readonly Column<Place>[] = [
  {
    key: "place",
    title: "Place",
    value: (row) => row.place,
    show: (row) => (
      <Text span size="xs" className="nowrap" title={row.place}>
        {row.place.replaceAll(/\b[0-9a-f]{20}\b/g, (hash) => `${hash.slice(0, 6)}…`)}
      </Text>
    ),
  },
  { key: "before", title: "Before", right: true, value: (row) => row.rows_before },
  { key: "after", title: "After", right: true, value: (row) => row.rows_after },
  {
    key: "became",
    title: "Result",
    value: (row) => row.became,
    show: (row) => (
      <Text span size="xs" className="nowrap">
        {row.became}
      </Text>
    ),
  },
];

/** The certificate of an erasure: what went where, what stays and why, and how to check its signature. */
export function Certificate({ requestId }: { requestId: string }) {
  const found = useQuery<Told, Refused>({
    queryKey: ["/api/v1/privacy/requests/{request_id}/result", requestId],
    queryFn: async () => JSON.parse(await textOf(requestId)) as Told,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.isPending) return <Waiting />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const told = found.data;
  return (
    <Stack gap="sm">
      <Text size="sm">
        Erased {time(told.erased_at)}: {count(told.places.reduce((sum, one) => sum + one.rows_before, 0))}{" "}
        rows in {told.places.length} places.
      </Text>
      <DataTable
        label="What was erased where"
        columns={COLUMNS}
        rows={told.places}
        rowKey={(row) => row.place}
        height={280}
      />
      <Sentences title="What stays, and why" sentences={told.stays} />
      <Sentences title="Not covered" sentences={told.not_reached} />
      {told.models.length === 0 ? null : (
        <Sentences
          title="Models that had seen the customer; they hold no rows, and the next run trains without"
          sentences={told.models.map((one) => `${one.model} ${one.sha256.slice(0, 12)}`)}
        />
      )}
      <Take
        label="Download the certificate"
        name={`certificate-${requestId}.json`}
        get={() => resultOf(requestId)}
        w="fit-content"
      />
      <div>
        <Text size="sm" fw={600} mb={4}>
          Check the signature
        </Text>
        <Command text={`retinue privacy verify certificate-${requestId}.json --key KEY`} />
        <Text size="xs" c="dimmed" mt={4}>
          KEY is the one you noted from <code>retinue audit checkpoint</code>. This certificate says{" "}
          <Code fz="xs" style={{ overflowWrap: "anywhere" }}>
            {told.public_key}
          </Code>
        </Text>
      </div>
    </Stack>
  );
}

function Sentences({ title, sentences }: { title: string; sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <List size="sm" spacing={2}>
        {sentences.map((one) => (
          <List.Item key={one}>{one}</List.Item>
        ))}
      </List>
    </div>
  );
}
