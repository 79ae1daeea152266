import { Anchor, Text } from "@mantine/core";
import { fromNow, time } from "@/lib/format";
import { useNewest } from "@/lib/newest";
import { useSession } from "@/lib/session";
import { Panel } from "@/ui/Panel";
import { Command } from "@/ui/states";

/** Which Retinue this is, on which project. */
export function AboutTab() {
  const { data: session } = useSession();
  const newest = useNewest();
  if (session === undefined) return null;
  const facts: [string, string, string | undefined][] = [
    ["Retinue", `version ${session.version}`, undefined],
    ["Project", session.project, undefined],
    ["Currency", session.currency, undefined],
    [
      "Newest run",
      newest.data === undefined ? "none yet" : `${newest.data.run}, as of ${time(newest.data.as_of)}`,
      newest.data === undefined ? undefined : fromNow(newest.data.as_of),
    ],
    [
      "You",
      session.kind === "local"
        ? "anyone at this machine; no sign-in is set up yet"
        : `${session.name ?? session.subject ?? "not known"}, ${session.roles.join(", ")}`,
      undefined,
    ],
  ];
  return (
    <div className="halves">
      <Panel title="This installation">
        <dl
          style={{
            display: "grid",
            gridTemplateColumns: "max-content 1fr",
            gap: "0.4rem 1.25rem",
            margin: 0,
          }}
        >
          {facts.map(([name, value, title]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>
                <Text size="sm" c="dimmed" span>
                  {name}
                </Text>
              </dt>
              <dd style={{ margin: 0, overflowWrap: "anywhere" }}>
                <Text size="sm" span title={title}>
                  {value}
                </Text>
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel title="More">
        <Text size="sm">
          <Anchor href="/api/v1/openapi.json" underline="always" c="var(--retinue-link)">
            Description of the API (OpenAPI)
          </Anchor>
          : every figure of this app, for programs.
        </Text>
        <Text size="sm" mt="sm" mb={4}>
          Check this installation:
        </Text>
        <Command text="retinue doctor" />
        <Text size="sm" mt="sm" mb={4}>
          Every command:
        </Text>
        <Command text="retinue --help" />
      </Panel>
    </div>
  );
}
