import { SegmentedControl, Text } from "@mantine/core";
import { useParam } from "@/lib/address";
import { useAsk } from "@/lib/service";
import { Page } from "@/ui/Page";
import { Asked, NoRunYet, Waiting } from "@/ui/states";
import { GroupsPanel } from "./GroupsPanel";
import { WAYS, wayOf } from "./groups";
import { TraitsPanel } from "./TraitsPanel";
import { TrendPanel } from "./TrendPanel";

/** Groups of customers: how many, what they are worth, how many are at risk, and what makes them different. */
export function Component() {
  const found = useAsk("/api/v1/analytics/segments");
  const [by, choose] = useParam("by", "clusters");
  const way = wayOf(by);
  return (
    <Page
      title="Segments"
      lead="Customers grouped by behaviour, by RFM (recency, frequency, money) and by value tier."
      actions={
        <SegmentedControl
          aria-label="Way of grouping"
          value={way.key}
          onChange={choose}
          data={WAYS.map(({ key, label }) => ({ value: key, label }))}
        />
      }
    >
      <Asked query={found} empty={<NoRunYet framed what="Segments" />} waiting={<Waiting lines={8} />}>
        {(figures) => (
          <>
            <Text size="sm">
              {way.key === "clusters" ? figures.statement : (figures.definitions[way.key] ?? "")}
            </Text>
            <GroupsPanel groups={figures[way.key]} way={way} currency={figures.currency} />
            {way.key === "clusters" ? <TraitsPanel groups={figures.clusters} /> : null}
            <TrendPanel trend={figures[way.trend]} way={way} />
          </>
        )}
      </Asked>
    </Page>
  );
}
