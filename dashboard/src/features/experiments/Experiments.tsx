import { useAsk } from "@/lib/service";
import { useSession } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Asked, NoRunYet, Waiting } from "@/ui/states";
import { ArmsPanel } from "./ArmsPanel";
import { ForecastPanel } from "./ForecastPanel";
import { GatesPanel } from "./GatesPanel";
import { KeyFigures } from "./KeyFigures";
import { LooksPanel } from "./LooksPanel";

/** What is tested against the customers left alone, when it will be known, and how new policies fared. */
export function Component() {
  const found = useAsk("/api/v1/experiments");
  const session = useSession();
  const effects = useAsk("/api/v1/analytics/campaigns", { query: {} });
  return (
    <Page
      title="Experiments"
      lead="A random holdout gets no offers, so that what offers earn is proved and not only claimed."
    >
      <Asked query={found} empty={<NoRunYet framed what="What is tested" />} waiting={<Waiting lines={10} />}>
        {(tested) => {
          const experiment = effects.data?.experiment ?? null;
          const currency = effects.data?.currency ?? session.data?.currency ?? "EUR";
          const hidden = experiment?.hidden ?? false;
          return (
            <>
              <KeyFigures tested={tested} hidden={hidden} currency={currency} />
              <ArmsPanel tested={tested} experiment={experiment} currency={currency} />
              <LooksPanel looks={tested.looks} hidden={hidden} />
              <ForecastPanel forecast={tested.forecast} />
              <GatesPanel gates={tested.gates} />
            </>
          );
        }}
      </Asked>
    </Page>
  );
}
