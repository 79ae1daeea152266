import { Badge, Button, Code, CopyButton, NavLink, Select, Switch, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useParams } from "@/lib/address";
import { capital, count, words } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { Panel } from "@/ui/Panel";
import { Asked, Waiting } from "@/ui/states";
import styles from "./Settings.module.css";
import { lines, shown, variable } from "./toml";

type Section = Schemas["SettingsSection"];
type Setting = Schemas["Setting"];

/** Every setting as it counts. They are changed in the file or the environment, never here. */
export function SettingsTab() {
  const found = useAsk("/api/v1/settings");
  return (
    <Asked query={found} waiting={<Waiting lines={10} />}>
      {({ sections }) => <Found sections={sections} />}
    </Asked>
  );
}

function Found({ sections }: { sections: readonly Section[] }) {
  const [given, set] = useParams(["section", "q", "changed"]);
  const wanted = (given.q ?? "").trim().toLowerCase();
  const changed = given.changed === "1";
  const all = wanted !== "" || changed;
  const section = sections.find((one) => one.section === given.section) ?? sections[0];
  const fitting = useMemo(
    () =>
      sections
        .map((one) => ({
          ...one,
          settings: one.settings.filter(
            (setting) => (!changed || setting.set_by !== "default") && fits(one.section, setting, wanted),
          ),
        }))
        .filter((one) => one.settings.length > 0),
    [sections, wanted, changed],
  );
  const drawn = all ? fitting : section === undefined ? [] : [section];
  const matches = fitting.reduce((sum, one) => sum + one.settings.length, 0);
  const choices = sections.map((one) => ({ value: one.section, label: titled(one) }));
  return (
    <>
      <div className={styles.filters}>
        <TextInput
          aria-label="Search the settings"
          placeholder="Search, such as holdout or days"
          leftSection={<IconSearch size={15} aria-hidden />}
          value={given.q ?? ""}
          onChange={(event) => set({ q: event.currentTarget.value })}
          w={300}
        />
        <Switch
          label="Only changed"
          checked={changed}
          onChange={(event) => set({ changed: event.currentTarget.checked ? "1" : undefined })}
        />
        {all ? (
          <Text size="sm" c="dimmed" role="status">
            {count(matches)} {matches === 1 ? "setting" : "settings"}
          </Text>
        ) : null}
      </div>
      <div className={styles.split}>
        <nav aria-label="Sections of the settings" className={styles.sections}>
          {sections.map((one) => (
            <NavLink
              key={one.section}
              component="button"
              type="button"
              label={sectionWords(one.section)}
              active={!all && one.section === section?.section}
              aria-current={!all && one.section === section?.section ? "true" : undefined}
              rightSection={<Many section={one} />}
              onClick={() => set({ section: one.section, q: undefined, changed: undefined })}
              styles={{ root: { borderRadius: "var(--mantine-radius-md)", paddingBlock: 5 } }}
            />
          ))}
        </nav>
        <Select
          className={styles.picker}
          label="Section"
          allowDeselect={false}
          data={choices}
          value={section?.section ?? null}
          onChange={(value) => {
            if (value !== null) set({ section: value, q: undefined, changed: undefined });
          }}
        />
        <div className={styles.found}>
          {drawn.length === 0 ? (
            <Text size="sm" c="dimmed">
              {changed && wanted === ""
                ? "Nothing changed: every setting has its default."
                : "No settings match."}
            </Text>
          ) : null}
          {drawn.map((one) => (
            <Panel
              key={one.section}
              title={sectionWords(one.section)}
              lead={`[${one.section}] in retinue.toml; a variable of the environment wins over the file.`}
            >
              <Rows section={one} />
            </Panel>
          ))}
        </div>
      </div>
    </>
  );
}

/** Keys of one table of the file stand together, under its name. */
function Rows({ section }: { section: Section }) {
  const tables = new Map<string, Setting[]>();
  for (const setting of section.settings) {
    const table = setting.key.split(".").slice(0, -1).join(".");
    tables.set(table, [...(tables.get(table) ?? []), setting]);
  }
  return [...tables].map(([table, settings]) => (
    <div key={table}>
      {table === "" ? null : (
        <h3 className={styles.group}>
          [{section.section}.{table}]
        </h3>
      )}
      <ul className={styles.settings}>
        {settings.map((setting) => (
          <Row key={setting.key} section={section.section} setting={setting} />
        ))}
      </ul>
    </div>
  ));
}

function fits(section: string, setting: Setting, wanted: string): boolean {
  return (
    wanted === "" ||
    `${section}.${setting.key} ${setting.description} ${setting.secret ? "" : shown(setting.value)}`
      .toLowerCase()
      .includes(wanted)
  );
}

function sectionWords(section: string): string {
  return section === "api" ? "API" : words(section);
}

function titled(section: Section): string {
  const many = section.settings.filter((one) => one.set_by !== "default").length;
  return many === 0 ? sectionWords(section.section) : `${sectionWords(section.section)} (${many} set)`;
}

function Many({ section }: { section: Section }) {
  const many = section.settings.filter((one) => one.set_by !== "default").length;
  if (many === 0) return null;
  return (
    <Text span size="xs" c="dimmed">
      {many} set
    </Text>
  );
}

/** Of these only the names of their keys are told. */
const OF_PLUGINS = ["sources", "channels"];

/** What stands below a value. */
function besides(section: string, setting: Setting): string {
  if (OF_PLUGINS.includes(section)) return "the keys that are set; their values stay in the file";
  if (setting.secret) return "a secret, never shown";
  return setting.set_by === "default" ? "default" : `default: ${shown(setting.default)}`;
}

function Row({ section, setting }: { section: string; setting: Setting }) {
  const value = setting.secret ? (setting.is_set ? "set" : "not set") : shown(setting.value);
  const usual = setting.set_by === "default";
  const plugin = OF_PLUGINS.includes(section);
  return (
    <li className={styles.setting}>
      <div className={styles.about}>
        <Code fz="sm">{setting.key.split(".").at(-1)}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          <Prose text={setting.description} />
        </Text>
      </div>
      <div className={styles.value}>
        <Text size="sm" fw={usual ? 400 : 600} style={{ overflowWrap: "anywhere" }}>
          {value}
        </Text>
        <Text size="xs" c="dimmed">
          {besides(section, setting)}
        </Text>
      </div>
      <div className={styles.where}>
        <Where section={section} setting={setting} />
        {plugin ? null : <Copy section={section} setting={setting} />}
      </div>
    </li>
  );
}

/** A description: names of commands and keys stand in `…`. */
function Prose({ text }: { text: string }) {
  if (text === "") return "No description.";
  return capital(text)
    .split("`")
    .map((part, place) =>
      place % 2 === 0 ? (
        part
      ) : (
        <code key={place} style={{ fontSize: "0.95em" }}>
          {part}
        </code>
      ),
    );
}

function Where({ section, setting }: { section: string; setting: Setting }) {
  if (setting.set_by === "default") return null;
  const text = {
    file: setting.line === null ? "retinue.toml" : `retinue.toml, line ${setting.line}`,
    environment: variable(section, setting.key),
    command: "by the command",
  }[setting.set_by];
  return (
    <Badge className="mark" color="indigo" style={{ maxWidth: "100%" }} title={text}>
      {text}
    </Badge>
  );
}

/** What to write where. A secret belongs into a variable; the file names it. */
function Copy({ section, setting }: { section: string; setting: Setting }) {
  const text =
    setting.set_by === "environment"
      ? `${variable(section, setting.key)}=${setting.secret || setting.value === null ? "…" : shown(setting.value)}`
      : lines(section, setting.key, setting.secret ? `\${${variable(section, setting.key)}}` : setting.value);
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          size="compact-xs"
          variant="subtle"
          title={text}
          aria-label={copied ? "Copied" : `Copy lines of ${section}.${setting.key}`}
          onClick={copy}
        >
          {copied ? "Copied" : "Copy lines"}
        </Button>
      )}
    </CopyButton>
  );
}
