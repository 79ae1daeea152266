import { Text } from "@mantine/core";
import { useCallback } from "react";
import type { Schemas } from "@/api/client";
import { Chart } from "@/charts/Chart";
import { lines } from "@/charts/lines";
import type { Palette } from "@/charts/palette";
import { count, percent } from "@/lib/format";
import { useAsk } from "@/lib/service";
import type { Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked } from "@/ui/states";

type Curve = Schemas["StillThere"];
type Point = Curve["points"][number];

/** How likely the customer is still there, day by day. */
export function Survival({ customer }: { customer: Schemas["Profile"] }) {
  const found = useAsk("/api/v1/customers/{customer_id}/survival", {
    path: { customer_id: customer.customer_id },
  });
  return (
    <Panel
      title="Chance of staying, by day"
      lead={
        found.data === undefined ? undefined : (
          <span title={`${found.data.definition} ${found.data.fitted}`}>
            {found.data.median_days === null
              ? "More likely than not to stay throughout."
              : `Half of such customers have left after ${count(found.data.median_days)} days.`}{" "}
            Beyond day {count(found.data.horizon_days)} the curve is extrapolated.
          </span>
        )
      }
    >
      <Asked
        query={found}
        empty={
          <Text size="sm" c="dimmed">
            {found.error?.message ?? "The run left no curve."} The next run leaves one, where customers have
            dates.
          </Text>
        }
      >
        {(curve) => <Drawn curve={curve} />}
      </Asked>
    </Panel>
  );
}

function Drawn({ curve }: { curve: Curve }) {
  const option = useCallback(
    (palette: Palette) => {
      const last = curve.points.filter((one) => !one.beyond).at(-1)?.days;
      return lines(palette, {
        labels: curve.points.map((one) => String(one.days)),
        lines: [
          {
            name: "Predicted",
            values: curve.points.map((one) => (one.beyond ? null : one.probability)),
            area: true,
          },
          {
            name: "Extrapolated",
            values: curve.points.map((one) => (one.beyond || one.days === last ? one.probability : null)),
            beside: true,
          },
        ],
        write: (value) => percent(value, 0),
        min: 0,
        max: 1,
        x: "days from the run",
      });
    },
    [curve],
  );
  return (
    <Chart
      label={`Chance that ${curve.customer_id} stays, by day`}
      name={`still_there_${curve.customer_id}`}
      option={option}
      columns={COLUMNS}
      rows={curve.points}
      rowKey={(one) => String(one.days)}
      height={230}
    />
  );
}

const COLUMNS: Column<Point>[] = [
  { key: "days", title: "Days from the run", value: (one) => one.days, right: true },
  {
    key: "probability",
    title: "Chance of staying",
    value: (one) => one.probability,
    show: (one) => percent(one.probability, 1),
    right: true,
  },
  { key: "beyond", title: "Basis", value: (one) => (one.beyond ? "extrapolated" : "predicted") },
];
