import { Button, Stack } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Asked } from "@/ui/states";
import { Absent } from "./Absent";
import { Consents } from "./Consents";
import { Decision } from "./Decision";
import { Deliveries } from "./Deliveries";
import { RiskOverRuns } from "./RiskOverRuns";
import { Survival } from "./Survival";
import { Tiles } from "./Tiles";
import { Timeline } from "./Timeline";
import { Considered, Why } from "./Why";

/** All that is known of one customer, and why what was decided was decided. */
export function Component() {
  const { customerId = "" } = useParams();
  return <Whole key={customerId} id={customerId} />;
}

function Whole({ id }: { id: string }) {
  const may = useMay();
  const found = useAsk("/api/v1/customers/{customer_id}", { path: { customer_id: id } });
  const profile = found.data;
  return (
    <Page
      title={id}
      lead={
        profile === undefined ? undefined : (
          <>
            {[profile.value_tier, profile.segment, profile.rfm_segment].filter(Boolean).join(" · ")}
            {" · "}
            <span title={`${profile.run}, ${time(profile.as_of)}`}>as of {fromNow(profile.as_of)}</span>
          </>
        )
      }
      actions={
        <Button
          component={Link}
          to="/customers"
          size="xs"
          variant="subtle"
          leftSection={<IconArrowLeft size={15} aria-hidden />}
        >
          All customers
        </Button>
      }
    >
      <Asked query={found} empty={<Absent error={found.error} />}>
        {(customer) => (
          <Stack gap="md">
            <Tiles customer={customer} />
            <div className="halves">
              <Stack gap="md">
                <Why customer={customer} />
                {customer.decision_id === null ? <RiskOverRuns id={id} /> : null}
              </Stack>
              <Stack gap="md">
                <Decision customer={customer} />
                <Survival customer={customer} />
                {customer.decision_id === null ? null : <RiskOverRuns id={id} />}
              </Stack>
            </div>
            <Considered customer={customer} />
          </Stack>
        )}
      </Asked>
      {found.isPending ? null : (
        <>
          <Timeline id={id} currency={profile?.currency} />
          <div className="halves">
            <Consents id={id} />
            {may("campaigns.read") ? <Deliveries id={id} /> : null}
          </div>
        </>
      )}
    </Page>
  );
}
