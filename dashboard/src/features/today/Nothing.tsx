import { Button, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { fromNow, time } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Empty, NoRunYet } from "@/ui/states";
import type { Filters } from "./queue";

/** Nothing waits: why, and what one can do instead. */
export function Nothing({ filters, onClear }: { filters: Filters; onClear: () => void }) {
  const newest = useNewest();
  const may = useMay();
  const planned = useAsk(
    "/api/v1/campaigns",
    { query: { state: ["planned"], limit: 1 } },
    { enabled: may("campaigns.read") },
  );
  if (newest.error?.status === 404) return <NoRunYet what="The review queue" />;
  const narrowed =
    filters.mine || filters.campaign !== undefined || filters.state !== "waiting" || filters.snoozed;
  if (narrowed) {
    return (
      <Empty
        title="No cases match"
        why="No case matches these filters."
        action={
          <Button variant="light" onClick={onClear}>
            Show all waiting cases
          </Button>
        }
      />
    );
  }
  const campaign = planned.data?.campaigns[0];
  return (
    <Empty
      title="Nothing to review"
      why={
        <>
          <Text size="sm">
            Cases arrive when a campaign starts whose offers need review: for high-value customers and costly
            offers.
          </Text>
          {newest.data === undefined ? null : (
            <Text size="sm" mt={6} title={time(newest.data.as_of)}>
              The newest run is as of {fromNow(newest.data.as_of)}. The next one decides anew.
            </Text>
          )}
          {campaign === undefined ? null : (
            <Text size="sm" mt={6}>
              Campaign {campaign.campaign_id} is planned and waits for its approval.
            </Text>
          )}
        </>
      }
      action={
        <Group gap="xs" justify="center">
          {may("campaigns.read") ? (
            <Button
              component={Link}
              to={
                campaign === undefined
                  ? "/campaigns"
                  : `/campaigns/${encodeURIComponent(campaign.campaign_id)}`
              }
              variant="light"
            >
              {campaign === undefined ? "Go to campaigns" : "See its plan"}
            </Button>
          ) : null}
          {may("customers.read") ? (
            <Button component={Link} to="/customers?sort=revenue_at_risk" variant="default">
              See revenue most at risk
            </Button>
          ) : null}
        </Group>
      }
    />
  );
}
