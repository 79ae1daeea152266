import { Badge, Button, Group, List, NativeSelect, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered, type Schemas } from "@/api/client";
import { useParams } from "@/lib/address";
import { day, fromNow, time } from "@/lib/format";
import { service, useAct, useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { Confirm } from "@/ui/Confirm";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked, Empty } from "@/ui/states";
import { TOUCHED } from "./PutInForce";

type Version = Schemas["RuleVersion"];

interface Props {
  live: Schemas["Rules"];
  /** Begin a change from a version. */
  onEdit: (source: string) => void;
}

/** Every kept version: who, when, why; two of them compared; an earlier one put in force again. */
export function Versions({ live, onEdit }: Props) {
  const found = useAsk("/api/v1/rules");
  const may = useMay();
  const [back, setBack] = useState<string>();
  const columns = columnsOf(onEdit, may("rules.change") ? setBack : undefined);
  return (
    <Stack gap="lg">
      <Panel
        title="Versions"
        lead="Versions are only added, never changed or deleted."
        flush
        actions={
          <CsvButton name="rules-versions" columns={columns.slice(0, -1)} rows={found.data?.versions ?? []} />
        }
      >
        <Asked
          query={found}
          isEmpty={(data) => data.versions.length === 0}
          empty={
            <Empty
              title="No versions yet"
              why="The built-in rules decide until you save rules of your own."
              command="retinue rules init"
            />
          }
        >
          {(data) => (
            <DataTable
              label="Versions of the rules"
              columns={columns}
              rows={data.versions}
              rowKey={(row) => String(row.number)}
            />
          )}
        </Asked>
      </Panel>
      <Compare versions={found.data?.versions ?? []} />
      {live.number !== 0 && may("rules.change") ? (
        <Group>
          <Button variant="default" size="xs" onClick={() => setBack("built-in")}>
            Go back to the built-in rules
          </Button>
        </Group>
      ) : null}
      <GoBack to={back} live={live} onClose={() => setBack(undefined)} />
    </Stack>
  );
}

function GoBack({
  to,
  live,
  onClose,
}: {
  to: string | undefined;
  live: Schemas["Rules"];
  onClose: () => void;
}) {
  const act = useAct<string, Version>(
    (reason) =>
      answered(
        service.POST("/api/v1/rules", {
          params: { header: { "If-Match": `"${live.sha256}"` } },
          body: { rules: to ?? "", reason, state: "live" },
        }),
      ),
    TOUCHED,
  );
  const name = to === "built-in" ? "the built-in rules" : `version ${to}`;
  return (
    <Confirm
      opened={to !== undefined}
      onClose={() => {
        act.reset();
        onClose();
      }}
      title={`Put ${name} in force?`}
      label="Put in force"
      reason={{ label: "Why?", required: true }}
      pending={act.isPending}
      error={act.error}
      onConfirm={(reason) =>
        act.mutate(reason, {
          onSuccess: (made) => {
            onClose();
            notifications.show({
              title: `Version ${made.number} is in force`,
              message: `It says what ${name} said, for runs as of ${made.since} and later.`,
            });
          },
        })
      }
    >
      <Text size="sm">
        It replaces {live.title} from today's run on, as a new version. Nothing is lost: what was decided
        before stays, and any version can be put in force again.
      </Text>
    </Confirm>
  );
}

/** What one version says otherwise than another. */
function Compare({ versions }: { versions: Version[] }) {
  const [{ old = "built-in", new: now = "live" }, set] = useParams(["old", "new"]);
  const found = useAsk("/api/v1/rules/compare", { query: { old, new: now } });
  const choices = [
    { value: "live", label: "In force now" },
    ...versions.map((one) => ({ value: String(one.number), label: `Version ${one.number} (${one.state})` })),
    { value: "built-in", label: "Built-in" },
  ];
  return (
    <Panel
      title="Compare"
      lead="Differences, row by row"
      actions={
        <Group gap="xs" align="center">
          <NativeSelect
            size="xs"
            aria-label="First version"
            value={old}
            data={choices}
            onChange={(event) => set({ old: event.currentTarget.value })}
          />
          <Text size="xs" c="dimmed">
            and
          </Text>
          <NativeSelect
            size="xs"
            aria-label="Second version"
            value={now}
            data={choices}
            onChange={(event) => set({ new: event.currentTarget.value })}
          />
        </Group>
      }
    >
      <Asked query={found}>
        {(data) =>
          data.differences.length === 0 ? (
            <Text size="sm" c="dimmed">
              No differences.
            </Text>
          ) : (
            <List size="sm" spacing={4}>
              {data.differences.map((line) => (
                <List.Item key={line}>{line}</List.Item>
              ))}
            </List>
          )
        }
      </Asked>
    </Panel>
  );
}

function columnsOf(
  onEdit: (source: string) => void,
  onBack: ((source: string) => void) | undefined,
): Column<Version>[] {
  return [
    { key: "number", title: "Version", value: (row) => row.number, right: true, width: 80 },
    {
      key: "state",
      title: "State",
      value: (row) => stateOf(row),
      show: (row) => (
        <Badge className="mark" color={row.in_force ? "teal" : row.state === "draft" ? "indigo" : "gray"}>
          {stateOf(row)}
        </Badge>
      ),
    },
    {
      key: "since",
      title: "In force for runs since",
      value: (row) => row.since,
      show: (row) => day(row.since),
    },
    { key: "who", title: "By", value: (row) => row.who },
    { key: "reason", title: "Why", value: (row) => row.reason },
    {
      key: "recorded_at",
      title: "When",
      value: (row) => row.recorded_at,
      show: (row) => <span title={time(row.recorded_at)}>{fromNow(row.recorded_at)}</span>,
    },
    {
      key: "acts",
      title: "",
      fixed: true,
      value: () => "",
      show: (row) => (
        <Group gap={4} wrap="nowrap" justify="flex-end">
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => onEdit(String(row.number))}
            aria-label={`Edit a copy: version ${row.number}`}
          >
            Edit a copy
          </Button>
          {row.in_force || onBack === undefined ? null : (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => onBack(String(row.number))}
              aria-label={`Put in force: version ${row.number}`}
            >
              Put in force
            </Button>
          )}
        </Group>
      ),
    },
  ];
}

function stateOf(row: Version): string {
  return row.in_force ? "In force" : row.state === "draft" ? "Draft" : "Earlier";
}
