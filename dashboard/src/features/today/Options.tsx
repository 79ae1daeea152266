import { Badge, Text } from "@mantine/core";
import { cents, offerInWords } from "@/lib/format";
import { type Column, DataTable } from "@/ui/DataTable";
import type { Option } from "./facts";

interface Props {
  options: readonly Option[];
  offer: { [key: string]: unknown };
  currency: string;
}

/** The offers that were weighed for this customer, the proposed one among them. */
export function Options({ options, offer, currency }: Props) {
  if (options.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No other offer was weighed for this customer.
      </Text>
    );
  }
  const columns: Column<Option>[] = [
    {
      key: "offer",
      title: "Offer",
      value: (one) => offerInWords(one, currency),
      show: (one) => (
        <>
          {offerInWords(one, currency)}
          {one.id === offer.id ? (
            <Badge ml={6} size="sm" className="mark">
              Proposed
            </Badge>
          ) : null}
          {one.excluded === null ? null : (
            <Text size="xs" c="dimmed">
              Not possible: {one.excluded}
            </Text>
          )}
        </>
      ),
    },
    {
      key: "cost",
      title: "Cost",
      value: (one) => one.cents,
      show: (one) => cents(one.cents, currency),
      right: true,
    },
    {
      key: "net",
      title: "Expected net",
      value: (one) => one.expected_cents,
      show: (one) => cents(one.expected_cents, currency),
      right: true,
    },
  ];
  const rows = [...options].sort((left, right) => right.expected_cents - left.expected_cents);
  return (
    <DataTable label="Offers that are possible" columns={columns} rows={rows} rowKey={(one) => one.id} />
  );
}
