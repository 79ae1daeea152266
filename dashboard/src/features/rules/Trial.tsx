import { Alert, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { answered, type Schemas } from "@/api/client";
import { count, day, money, offerWords, percent, words } from "@/lib/format";
import { service, useAct, useAsk } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { CustomerLink } from "@/ui/marks";
import { Panel } from "@/ui/Panel";
import { Failure } from "@/ui/states";
import { Tile } from "@/ui/Tile";
import type { Document } from "./document";
import { givesWords } from "./inWords";
import styles from "./Rules.module.css";

type Trial = Schemas["Trial"];

const TOP = 200;

/** A trial and the document it was of. */
export interface Tried {
  of: string;
  trial: Trial;
}

interface Props {
  document: Document;
  /** Whether the document can decide. */
  sound: boolean;
  tried: Tried | undefined;
  onTried: (tried: Tried) => void;
  run: string;
  onRun: (run: string) => void;
}

/** Decides a run of the past by the draft, beside the rules in force. Nothing is written. */
export function TrialPanel({ document, sound, tried, onTried, run, onRun }: Props) {
  const runs = useAsk("/api/v1/runs", { query: { limit: 24 } });
  const act = useAct<string | undefined, Trial>(
    (as_of) =>
      answered(
        service.POST("/api/v1/rules/try", {
          body: { document, top: TOP, ...(as_of === undefined ? {} : { as_of }) },
        }),
      ),
    [],
  );
  const of = JSON.stringify(document);
  const chosen = runs.data?.runs.find((one) => one.campaign_id === run);
  const stale = tried !== undefined && tried.of !== of;
  const go = () => act.mutate(chosen?.as_of, { onSuccess: (trial) => onTried({ of, trial }) });
  return (
    <Panel
      title="Dry run on a past run"
      lead="A past run is decided again by these rules, everything else equal. Nothing is written."
      actions={
        <Group gap="xs" align="flex-end">
          <NativeSelect
            size="xs"
            aria-label="Run to try it on"
            value={run}
            onChange={(event) => onRun(event.currentTarget.value)}
            data={[
              { value: "", label: "The newest run" },
              ...(runs.data?.runs ?? []).map((one) => ({
                value: one.campaign_id,
                label: `Run of ${day(one.as_of)}`,
              })),
            ]}
          />
          <Button size="xs" onClick={go} loading={act.isPending} disabled={!sound}>
            Try it
          </Button>
        </Group>
      }
    >
      <Stack gap="md">
        {act.error === null ? null : <Failure error={act.error} />}
        {!sound ? (
          <Text size="sm" c="dimmed">
            It can be tried as soon as the rules have no error.
          </Text>
        ) : tried === undefined && act.error === null ? (
          <Text size="sm" c="dimmed">
            Shows whose action changes and what that does to cost and net, before it is put in force.
          </Text>
        ) : null}
        {stale ? (
          <Alert color="yellow" title="Rules changed since this dry run">
            <Text size="sm">Try them again to see what they would do now.</Text>
          </Alert>
        ) : null}
        {tried === undefined ? null : <Found trial={tried.trial} />}
      </Stack>
    </Panel>
  );
}

function Found({ trial }: { trial: Trial }) {
  const write = (value: number | null | undefined) => money(value, trial.currency);
  const signed = (value: number) => (value === 0 ? "No change" : `${value > 0 ? "+" : ""}${write(value)}`);
  const columns = columnsOf(trial.currency);
  return (
    <Stack gap="md" role="status" aria-label="What would change">
      <Text size="sm">
        Tried on {count(trial.decided)} customers of the run of {day(trial.as_of)}, beside {trial.now}.
      </Text>
      <div className="tiles">
        <Tile
          label="Customers affected"
          value={count(trial.moved)}
          note={
            trial.decided === 0
              ? "no decisions in this run"
              : `${percent(trial.moved / trial.decided)} of those decided on`
          }
        />
        <Tile
          label="Expected net"
          value={signed(trial.expected_net)}
          note={`from ${write(trial.was.expected_net)} to ${write(trial.new.expected_net)}, a forecast`}
        />
        <Tile
          label="Planned cost"
          value={signed(trial.cost)}
          note={`from ${write(trial.was.planned_cost)} to ${write(trial.new.planned_cost)}`}
        />
        <Tile
          label="Offers"
          value={count(trial.new.offered)}
          note={`${count(trial.was.offered)} by the rules in force`}
        />
      </div>
      <Routes trial={trial} />
      {trial.urgency + trial.priority === 0 ? null : (
        <Text size="sm">
          {count(trial.urgency)} get another urgency, {count(trial.priority)} another priority.
        </Text>
      )}
      {trial.customers.length === 0 ? (
        <Text size="sm" c="dimmed">
          {trial.moved === 0 ? "No customer is affected." : "None of the affected customers is yours to see."}
        </Text>
      ) : (
        <div>
          <Group justify="space-between" mb={4}>
            <Text size="sm" fw={600}>
              {trial.customers.length < trial.moved
                ? `The first ${count(trial.customers.length)} of ${count(trial.moved)}, the largest amounts`
                : "Customers affected"}
            </Text>
            <CsvButton name={`${trial.run}-rules-trial`} columns={columns} rows={trial.customers} />
          </Group>
          <DataTable
            label="Customers affected"
            columns={columns}
            rows={trial.customers}
            rowKey={(row) => row.customer_id}
            height={420}
          />
        </div>
      )}
    </Stack>
  );
}

function Routes({ trial }: { trial: Trial }) {
  const routes = [
    ...new Set([...Object.keys(trial.was.by_route), ...Object.keys(trial.new.by_route)]),
  ].sort();
  return (
    <section
      className="table-frame"
      aria-label="Customers by what is done for them, before and after"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col" className="right">
              Rules in force
            </th>
            <th scope="col" className="right">
              These rules
            </th>
            <th scope="col" className="right">
              Difference
            </th>
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => {
            const was = trial.was.by_route[route] ?? 0;
            const now = trial.new.by_route[route] ?? 0;
            return (
              <tr key={route}>
                <td>{givesWords("route", route)}</td>
                <td className="right">{count(was)}</td>
                <td className="right">{count(now)}</td>
                <td className={`right ${now === was ? "" : styles.changed}`}>
                  {now === was ? "the same" : `${now > was ? "+" : "−"}${count(Math.abs(now - was))}`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function columnsOf(currency: string): Column<Trial["customers"][number]>[] {
  const way = (route: string, offer: string) =>
    offer === "none" ? givesWords("route", route) : `${givesWords("route", route)}: ${offerWords(offer)}`;
  return [
    {
      key: "customer_id",
      title: "Customer",
      value: (row) => row.customer_id,
      show: (row) => <CustomerLink id={row.customer_id} />,
    },
    {
      key: "churn_probability",
      title: "Churn risk",
      value: (row) => row.churn_probability,
      show: (row) => percent(row.churn_probability),
      right: true,
    },
    {
      key: "clv",
      title: "Lifetime value",
      value: (row) => row.clv,
      show: (row) => money(row.clv, currency),
      right: true,
    },
    { key: "was", title: "Now", value: (row) => way(row.was_route, row.was_incentive) },
    { key: "new", title: "With these rules", value: (row) => way(row.new_route, row.new_incentive) },
    {
      key: "expected_net",
      title: "Change of expected net",
      value: (row) => row.expected_net,
      show: (row) => (row.expected_net === 0 ? "no change" : money(row.expected_net, currency)),
      right: true,
    },
    {
      key: "why",
      title: "Why",
      value: (row) => row.why || words(row.new_rule),
      show: (row) => <span className="sentence">{row.why || words(row.new_rule)}</span>,
    },
  ];
}
