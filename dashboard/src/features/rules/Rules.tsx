import { Alert, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Schemas } from "@/api/client";
import { useParams } from "@/lib/address";
import { ask, useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Page } from "@/ui/Page";
import { Asked, Waiting } from "@/ui/states";
import { type Draft, isChanged, useDraft } from "./draft";
import { Editor } from "./Editor";
import { Tables } from "./Tables";
import { Versions } from "./Versions";

/** The rules of the business: to read, to change, and every version there was. */
export function Component() {
  const live = useAsk("/api/v1/rules/{source}", { path: { source: "live" } });
  return (
    <Page
      title="Rules"
      lead="Which offers go out automatically, which need review, and who gets none. Guards (consent, holdout, budget) come before every rule."
    >
      <Asked query={live} waiting={<Waiting lines={8} />}>
        {(rules) => <Whole live={rules} />}
      </Asked>
    </Page>
  );
}

function Whole({ live }: { live: Schemas["Rules"] }) {
  const [{ tab, edit }, set] = useParams(["tab", "edit"]);
  const [draft, setDraft] = useDraft();
  const begin = useBegin(live, (made) => {
    setDraft(made);
    set({ tab: undefined, edit: "1" });
  });
  const end = () => {
    setDraft(undefined);
    set({ edit: undefined });
  };
  if (edit === "1" && draft !== undefined) {
    return <Editor draft={draft} live={live} onChange={setDraft} onEnd={end} />;
  }
  const waiting = draft !== undefined && isChanged(draft);
  return (
    <Stack gap="lg">
      {waiting ? (
        <Alert color="indigo" title="You have an unpublished change">
          <Group gap="xs">
            <Text size="sm">Started from {draft.title} in this window.</Text>
            <Button size="compact-sm" onClick={() => set({ edit: "1" })}>
              Continue editing
            </Button>
            <Button size="compact-sm" variant="default" onClick={end}>
              Discard
            </Button>
          </Group>
        </Alert>
      ) : null}
      <Tabs
        value={tab === "versions" ? "versions" : "tables"}
        onChange={(value) => set({ tab: value === "versions" ? value : undefined })}
        keepMounted={false}
      >
        <Group justify="space-between" mb="md" gap="sm">
          <Tabs.List aria-label="Parts of the rules">
            <Tabs.Tab value="tables">In force</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
          </Tabs.List>
          {waiting ? null : <Begin onBegin={() => void begin("live")} />}
        </Group>
        <Tabs.Panel value="tables">
          <Stack gap="lg">
            <Text size="sm" c="dimmed">
              {live.number === 0
                ? "The built-in rules decide, by the thresholds in the settings."
                : `Version ${live.number} decides.`}
            </Text>
            <Tables document={live.document} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Versions live={live} onEdit={(source) => void begin(source)} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Begin({ onBegin }: { onBegin: () => void }) {
  const may = useMay();
  return <Button onClick={onBegin}>{may("rules.change") ? "Edit rules" : "Try a change"}</Button>;
}

/** Begins a draft from rules of a name, with their examples. */
function useBegin(live: Schemas["Rules"], onBegun: (draft: Draft) => void) {
  return async (source: string) => {
    try {
      const [rules, told] = await Promise.all([
        source === "live" ? live : ask("/api/v1/rules/{source}", { path: { source } }),
        ask("/api/v1/rules/{source}/examples", { path: { source } }),
      ]);
      onBegun({
        replaces: live.sha256,
        title: rules.title,
        original: rules.document,
        document: rules.document,
        examples: told.examples,
        originalExamples: told.examples,
      });
    } catch (error) {
      notifications.show({ color: "red", title: "It could not be begun", message: (error as Error).message });
    }
  };
}
