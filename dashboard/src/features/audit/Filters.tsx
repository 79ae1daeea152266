import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { ACTIONS, KINDS } from "./words";

export const FILTERS = ["actor", "action", "kind", "object", "customer", "since", "until"] as const;
export type Given = Partial<Record<(typeof FILTERS)[number], string>>;

interface Props {
  given: Given;
  onSearch: (filters: Record<(typeof FILTERS)[number], string | undefined>) => void;
}

/** What to look for. Nothing is asked before Search or Enter is pressed: each search is on record. */
export function Filters({ given, onSearch }: Props) {
  const [draft, setDraft] = useState<Given>(given);
  const put = (name: keyof Given) => (value: string) => setDraft((before) => ({ ...before, [name]: value }));
  const text = (name: keyof Given) => ({
    value: draft[name] ?? "",
    onChange: (event: { currentTarget: { value: string } }) => put(name)(event.currentTarget.value),
    size: "xs" as const,
  });
  const search = (filters: Given) =>
    onSearch({
      ...Object.fromEntries(FILTERS.map((name) => [name, filters[name]?.trim() || undefined])),
    } as Record<(typeof FILTERS)[number], string | undefined>);
  const some = FILTERS.some((name) => (draft[name] ?? "") !== "" || given[name] !== undefined);
  return (
    <form
      aria-label="Search the trail"
      onSubmit={(event) => {
        event.preventDefault();
        search(draft);
      }}
    >
      <Group gap="xs" px="md" pb="sm" align="flex-end" className="filters">
        <TextInput label="Who" placeholder="ada" w={130} maxLength={300} {...text("actor")} />
        <Autocomplete
          label="Action"
          placeholder="campaign.approved or campaign."
          w={220}
          size="xs"
          data={[...ACTIONS]}
          maxLength={60}
          value={draft.action ?? ""}
          onChange={put("action")}
        />
        <Autocomplete
          label="Kind"
          placeholder="campaign"
          w={130}
          size="xs"
          data={[...KINDS]}
          maxLength={40}
          value={draft.kind ?? ""}
          onChange={put("kind")}
        />
        <TextInput label="Subject" placeholder="ID" w={170} maxLength={300} {...text("object")} />
        <TextInput
          label="Customer"
          placeholder="C00042"
          w={130}
          maxLength={300}
          title="Also readings of many that name them; slower"
          {...text("customer")}
        />
        <TextInput type="datetime-local" label="From (UTC)" w={185} {...text("since")} />
        <TextInput type="datetime-local" label="Until (UTC)" w={185} {...text("until")} />
        <Button type="submit" size="xs">
          Search
        </Button>
        {some ? (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              setDraft({});
              search({});
            }}
          >
            Clear
          </Button>
        ) : null}
      </Group>
    </form>
  );
}
