import { Stack, Text, Title } from "@mantine/core";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Causes } from "@/ui/Causes";
import { Asked } from "@/ui/states";
import { candidateOf, Weighed } from "@/ui/Weighed";

interface Props {
  customer: string;
  campaign: string;
  currency: string;
}

/** The causes with their weight, and why each offer is not the one; of the run that decided. */
export function Why({ customer, campaign, currency }: Props) {
  const may = useMay();
  const explains = may("customers.explain");
  const found = useAsk(
    "/api/v1/customers/{customer_id}/explanation",
    { path: { customer_id: customer }, query: { run: campaign } },
    { enabled: explains },
  );
  if (!explains) {
    return (
      <Text size="sm" c="dimmed">
        Your role may not see the weights of the causes.
      </Text>
    );
  }
  return (
    <section aria-label="The explanation">
      <Asked
        query={found}
        empty={
          <Text size="sm" c="dimmed">
            {found.error?.message ?? "The run left no explanation."}
          </Text>
        }
      >
        {(told) => (
          <Stack gap="md">
            <Causes causes={told.causes} />
            {told.candidates.length === 0 ? null : (
              <div>
                <Title order={3} mb={6}>
                  Offers considered
                </Title>
                <Weighed candidates={told.candidates.map(candidateOf)} currency={currency} />
              </div>
            )}
          </Stack>
        )}
      </Asked>
    </section>
  );
}
