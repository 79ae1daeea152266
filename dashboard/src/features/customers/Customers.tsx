import { Button, CopyButton, Group, Pill, Text } from "@mantine/core";
import { IconCode, IconDownload } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { money, offerWords } from "@/lib/format";
import { useMay, useSession } from "@/lib/session";
import { Page } from "@/ui/Page";
import { DecisionList, OUTCOMES } from "./DecisionList";
import { Filters } from "./Filters";
import { RunList, Total } from "./RunList";
import { STAGES, StageList } from "./StageList";
import { OUTCOME_NAMES, STAGE_NAMES, sortOf, useChange, wantedOf, written } from "./wanted";

/** The list behind every number. */
export function Component() {
  const [address] = useSearchParams();
  const currency = useSession().data?.currency ?? "EUR";
  const wanted = useMemo(() => wantedOf(address, (value) => money(value, currency)), [address, currency]);
  const stage = STAGE_NAMES.find((one) => one === address.get("stage"));
  const outcome = OUTCOME_NAMES.find((one) => one === address.get("decisions"));
  const behind = stage !== undefined ? STAGES[stage] : outcome !== undefined ? OUTCOMES[outcome] : undefined;
  return (
    <Page
      title="Customers"
      lead={behind ?? "Every active customer of the newest run, with risk, value and what was decided."}
      actions={behind === undefined ? <Taken query={{ ...wanted.query, ...sortOf(address) }} /> : null}
    >
      {behind === undefined ? (
        <Filters chips={wanted.chips} />
      ) : (
        <BehindChips what={behind} of={stage !== undefined ? PIPELINE : EFFECTIVENESS} />
      )}
      <section className="panel" aria-label="The list" style={{ overflow: "hidden" }}>
        {stage !== undefined ? (
          <StageList stage={stage} />
        ) : outcome !== undefined ? (
          <DecisionList outcome={outcome} />
        ) : (
          <>
            <Group px="md" py="xs">
              <Total wanted={wanted} />
            </Group>
            <RunList wanted={wanted} currency={currency} />
          </>
        )}
      </section>
    </Page>
  );
}

/** Take the list away: as CSV, whole, from the service; or as the call that answers it. */
function Taken({ query }: { query: { readonly [key: string]: unknown } }) {
  const may = useMay();
  const text = written(query);
  const call = `curl -H "Authorization: Bearer $RETINUE_TOKEN" "${globalThis.location.origin}/api/v1/customers?${text}"`;
  return (
    <>
      <CopyButton value={call}>
        {({ copied, copy }) => (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconCode size={15} aria-hidden />}
            onClick={copy}
            title={call}
          >
            {copied ? "Copied" : "Copy API call"}
          </Button>
        )}
      </CopyButton>
      {may("exports.make") ? (
        <Button
          component="a"
          href={`/api/v1/exports/customers?${text}&format=csv`}
          download
          size="xs"
          variant="default"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          Export CSV
        </Button>
      ) : null}
    </>
  );
}

interface Behind {
  name: string;
  key: string;
  path: string;
  back: string;
}

const PIPELINE: Behind = { name: "Pipeline", key: "stage", path: "/pipeline", back: "To the pipeline" };
const EFFECTIVENESS: Behind = {
  name: "Effectiveness",
  key: "decisions",
  path: "/effectiveness",
  back: "To campaign effectiveness",
};

/** Which number the list is behind, and the filters it was narrowed by. */
function BehindChips({ what, of }: { what: string; of: Behind }) {
  const [address] = useSearchParams();
  const change = useChange();
  const [tier, segment, incentive] = ["tier", "segment", "incentive"].map((name) => address.get(name));
  const chip = (text: string, ...names: string[]) => (
    <Pill
      key={text}
      size="md"
      withRemoveButton
      removeButtonProps={{ "aria-label": `Remove the filter ${text}`, "aria-hidden": false, tabIndex: 0 }}
      onRemove={() =>
        change((next) => {
          for (const name of names) next.delete(name);
        })
      }
    >
      {text}
    </Pill>
  );
  return (
    <Group gap={6} role="group" aria-label="Filters that are set">
      {chip(`${of.name}: ${what}`, of.key, "from", "to", "period", "incentive")}
      {tier ? chip(`Tier: ${tier}`, "tier") : null}
      {segment ? chip(`Segment: ${segment}`, "segment") : null}
      {incentive ? chip(`Offer: ${offerWords(incentive)}`, "incentive") : null}
      <Text size="sm" ml="xs">
        <Link className="plain" to={of.path}>
          {of.back}
        </Link>
      </Text>
    </Group>
  );
}
