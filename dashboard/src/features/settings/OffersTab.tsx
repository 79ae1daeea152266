import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { count, money, offerWords, percent } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Figure } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Asked, Waiting } from "@/ui/states";

type Offer = Schemas["Offer"];

/** What a customer gets, in words. */
export function gets(offer: Pick<Offer, "type" | "value" | "duration_months">, currency: string): string {
  const during = offer.duration_months
    ? `, ${offer.duration_months} ${offer.duration_months === 1 ? "month" : "months"}`
    : "";
  switch (offer.type) {
    case "percentage_discount":
      return `${offer.value} % off${during}`;
    case "free_upgrade":
      return `a plan that costs ${offer.value} % more, free${during}`;
    case "personalized_bundle":
      return `extras worth ${offer.value} % of a month's revenue${during}`;
    case "fixed_credit":
      return `${money(offer.value, currency)} credit`;
    case "loyalty_points":
      return `points worth ${money(offer.value, currency)}`;
    default:
      return `${offer.value}${during}`;
  }
}

/** The catalogue of offers, and what is believed of each. */
export function OffersTab() {
  const found = useAsk("/api/v1/incentives");
  const currency = found.data?.currency ?? "EUR";
  const columns = useMemo(
    (): readonly Column<Offer>[] => [
      { key: "id", title: "Offer", value: (row) => row.id, show: (row) => offerWords(row.id) },
      {
        key: "gets",
        title: "The customer gets",
        value: (row) => gets(row, currency),
        fixed: true,
      },
      {
        key: "before",
        title: "Prior belief",
        right: true,
        value: (row) => row.believed_before,
        show: (row) => <Figure value={row.believed_before} write={percent} why="No run told it yet." />,
      },
      {
        key: "kept",
        title: "Churners retained",
        right: true,
        value: (row) => row.kept,
        show: (row) => (
          <Figure
            value={row.kept}
            low={row.low}
            high={row.high}
            write={percent}
            kind="90 % of what is believed lies here"
            why="No run has learned it yet."
          />
        ),
      },
      {
        key: "tried",
        title: "Tried",
        right: true,
        value: (row) => row.tried,
        show: (row) => (row.tried === null ? "not yet" : count(row.tried)),
      },
      { key: "offers", title: "In newest run", right: true, value: (row) => row.offers_of_run },
    ],
    [currency],
  );
  return (
    <Asked query={found} waiting={<Waiting lines={8} />}>
      {({ incentives, run }) => (
        <Panel
          title="Offers"
          lead="The catalogue, and the estimated share of churners each offer retains: before any data, and now with a 90 % range."
          flush
          actions={<CsvButton name="offers" columns={columns} rows={incentives} />}
        >
          <DataTable
            label="Offers of the catalogue"
            columns={columns}
            rows={incentives}
            rowKey={(row) => row.id}
          />
          <Text size="xs" c="dimmed" px="md" py="xs">
            {run === null
              ? "No run yet, so nothing was tried."
              : `As of the run ${run}. An offer tried fewer than thirty times has taught little by itself.`}{" "}
            The catalogue is changed in <code>[incentives.catalogue]</code> of retinue.toml.
          </Text>
        </Panel>
      )}
    </Asked>
  );
}
