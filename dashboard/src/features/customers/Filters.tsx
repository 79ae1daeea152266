import {
  Button,
  Collapse,
  Group,
  MultiSelect,
  NumberInput,
  Pill,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { IconAdjustmentsHorizontal, IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { offerWords, words } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { OTHERS } from "@/ui/others";
import {
  ACTIONS,
  actionWords,
  type Chip,
  type ListName,
  labelOf,
  type NumberName,
  RISKS,
  type TruthName,
  URGENCIES,
  useChange,
  useList,
} from "./wanted";

interface Choice {
  value: string;
  label: string;
}

/** What narrows the list. */
export function Filters({ chips }: { chips: readonly Chip[] }) {
  const [opened, setOpened] = useState(false);
  const may = useMay();
  const newest = useNewest();
  const segments = useAsk("/api/v1/analytics/segments", undefined, {
    enabled: opened && may("analytics.read"),
    staleTime: 300_000,
  });
  const offers = useAsk("/api/v1/incentives", undefined, { enabled: opened && may("incentives.read") });
  const told = (names: readonly string[] | undefined) => (names ?? []).filter((name) => name !== OTHERS);
  const tiers = told(newest.data?.at_risk_pipeline.tiers.map((one) => one.tier));
  const clusters = told(newest.data?.at_risk_pipeline.segments.map((one) => String(one.segment)));
  const change = useChange();
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" className="filters">
        <Starts />
        <Many name="risk_level" data={RISKS.map((value) => ({ value, label: words(value) }))} />
        <Many name="tier" data={plain(tiers)} />
        <Many name="action_type" data={ACTIONS.map((value) => ({ value, label: actionWords(value) }))} />
        <Button
          variant="default"
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          aria-expanded={opened}
          onClick={() => setOpened((before) => !before)}
        >
          {opened ? "Fewer filters" : "More filters"}
        </Button>
      </Group>
      <Collapse expanded={opened} transitionDuration={0}>
        {opened ? (
          <Group gap="xs" align="flex-end" className="filters">
            <Many name="segment" data={plain(clusters)} width={260} />
            <Many name="rfm_segment" data={plain(segments.data?.rfm.map((one) => one.name) ?? [])} />
            <Many
              name="incentive_id"
              data={(offers.data?.incentives ?? []).map(({ id }) => ({ value: id, label: offerWords(id) }))}
              width={200}
            />
            <Many name="urgency" data={URGENCIES.map((value) => ({ value, label: words(value) }))} />
            <Bound name="churn_probability_min" label="Churn risk from %" share />
            <Bound name="churn_probability_max" label="Churn risk up to %" share />
            <Bound name="clv_min" label="CLV from" />
            <Bound name="clv_max" label="CLV up to" />
            <Truth name="at_risk" label="Action threshold" yes="Above it" no="Below it" />
            <Truth name="held_out" label="Holdout" yes="In it" no="Not in it" />
          </Group>
        ) : null}
      </Collapse>
      {chips.length === 0 ? null : (
        <Group gap={6} role="group" aria-label="Filters that are set">
          {chips.map((chip) => (
            <Pill
              key={chip.key}
              size="md"
              withRemoveButton
              removeButtonProps={{
                "aria-label": `Remove the filter ${chip.text}`,
                "aria-hidden": false,
                tabIndex: 0,
              }}
              onRemove={() => change(chip.without)}
            >
              {chip.text}
            </Pill>
          ))}
          {chips.length > 1 ? (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() =>
                change((next) => {
                  for (const chip of chips) chip.without(next);
                })
              }
            >
              Remove all
            </Button>
          ) : null}
        </Group>
      )}
    </Stack>
  );
}

function plain(values: readonly string[]): Choice[] {
  return values.map((value) => ({ value, label: value }));
}

function Many({ name, data, width = 170 }: { name: ListName; data: readonly Choice[]; width?: number }) {
  const [values, set] = useList(name);
  const choices = [...data];
  for (const value of values) {
    if (!choices.some((one) => one.value === value)) choices.push({ value, label: value });
  }
  return (
    <MultiSelect
      label={labelOf(name)}
      w={width}
      placeholder={values.length === 0 ? "Any" : undefined}
      data={choices}
      value={values}
      onChange={set}
      hidePickedOptions={false}
      clearable={false}
      maxValues={20}
      renderPill={({ option, value }) => (
        <span style={{ marginRight: 4, fontSize: 13, whiteSpace: "nowrap" }}>
          {option?.label ?? String(value)}
        </span>
      )}
      styles={{ pillsList: { flexWrap: "nowrap", overflow: "hidden" } }}
    />
  );
}

/** What is typed comes into the address a moment later, so that not every letter is asked for. */
function useTyped(name: string): [string, (text: string) => void] {
  const [address] = useSearchParams();
  const change = useChange();
  const given = address.get(name) ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return;
    const timer = setTimeout(
      () =>
        change((next) => {
          if (text === "") next.delete(name);
          else next.set(name, text);
        }, true),
      350,
    );
    return () => clearTimeout(timer);
  }, [text, given, name, change]);
  return [text, setText];
}

function Starts() {
  const [text, setText] = useTyped("starts");
  return (
    <TextInput
      label="ID starts with"
      w={170}
      leftSection={<IconSearch size={15} aria-hidden />}
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

function Bound({ name, label, share = false }: { name: NumberName; label: string; share?: boolean }) {
  const [text, setText] = useTyped(name);
  const value = text === "" ? "" : share ? Number(text) * 100 : Number(text);
  return (
    <NumberInput
      label={label}
      w={share ? 150 : 120}
      hideControls
      min={0}
      {...(share ? { max: 100 } : {})}
      decimalScale={share ? 1 : 2}
      value={Number.isFinite(value) ? value : ""}
      onChange={(next) => {
        if (next === "") setText("");
        else setText(String(share ? Math.round(Number(next) * 10) / 1000 : Number(next)));
      }}
    />
  );
}

function Truth({ name, label, yes, no }: { name: TruthName; label: string; yes: string; no: string }) {
  const [address] = useSearchParams();
  const change = useChange();
  return (
    <Select
      label={label}
      w={150}
      placeholder="Any"
      clearable
      value={address.get(name)}
      data={[
        { value: "true", label: yes },
        { value: "false", label: no },
      ]}
      onChange={(value) =>
        change((next) => {
          if (value === null) next.delete(name);
          else next.set(name, value);
        })
      }
    />
  );
}
