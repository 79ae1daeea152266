import { Badge, Button, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Schemas } from "@/api/client";
import { useParam } from "@/lib/address";
import { fromNow, time } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { useSession } from "@/lib/session";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked, Empty, Waiting } from "@/ui/states";
import { CreateUser } from "./CreateUser";
import { type Made, PasswordOnce } from "./PasswordOnce";
import { UserActs } from "./UserActs";
import { roleWords } from "./words";

type User = Schemas["User"];

/** Who may sign in, in which roles. */
export function UsersTab() {
  const found = useAsk("/api/v1/users");
  const { data: session } = useSession();
  const [fresh, setFresh] = useParam("new");
  const [made, setMade] = useState<Made>();
  const columns = useMemo(() => columnsOf(session?.subject ?? "", setMade), [session?.subject]);
  return (
    <>
      <Panel
        title="Users"
        lead="Users of your identity provider get their roles from [auth] roles and are not listed. Users are disabled, never deleted."
        flush
        actions={
          <Group gap="xs">
            <CsvButton name="users" columns={columns.slice(0, -1)} rows={found.data?.users ?? []} />
            <Button
              size="xs"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => setFresh("user")}
            >
              New user
            </Button>
          </Group>
        }
      >
        <Asked
          query={found}
          waiting={<Waiting />}
          isEmpty={({ users }) => users.length === 0}
          empty={
            <Empty
              title="No users yet"
              why={
                session?.kind === "local"
                  ? "Only whoever sits at this machine uses the service, with every role. From the first user on everybody must sign in, also here; the first one must be an admin."
                  : "Everybody signs in at your provider."
              }
              action={
                <Button variant="light" onClick={() => setFresh("user")}>
                  Create the first user
                </Button>
              }
            />
          }
        >
          {({ users }) => (
            <DataTable label="Users" columns={columns} rows={users} rowKey={(row) => row.name} />
          )}
        </Asked>
      </Panel>
      {fresh === "user" && found.data !== undefined && session !== undefined ? (
        <CreateUser
          first={found.data.users.length === 0 && session.kind === "local"}
          onClose={() => setFresh(undefined)}
          onMade={(user) => {
            setFresh(undefined);
            setMade(user);
          }}
        />
      ) : null}
      {made === undefined ? null : <PasswordOnce made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function columnsOf(me: string, onPassword: (made: Made) => void): readonly Column<User>[] {
  return [
    {
      key: "name",
      title: "Name",
      value: (row) => row.name,
      show: (row) => (
        <span className="nowrap">
          {row.name}
          {row.name === me ? (
            <Text span size="xs" c="dimmed" ml={6}>
              you
            </Text>
          ) : null}
        </span>
      ),
    },
    {
      key: "roles",
      title: "Roles",
      value: (row) => row.roles.join(" "),
      show: (row) => (
        <Group gap={4} wrap="nowrap">
          {row.roles.map((role) => (
            <Badge key={role} className="mark" color="indigo">
              {roleWords(role)}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: "state",
      title: "State",
      value: (row) => row.state,
      show: (row) => (
        <Badge className="mark" color={row.state === "active" ? "teal" : "gray"}>
          {row.state === "active" ? "Active" : "Disabled"}
        </Badge>
      ),
    },
    {
      key: "created_at",
      title: "Created",
      value: (row) => row.created_at,
      show: (row) => (
        <span className="nowrap" title={time(row.created_at)}>
          {fromNow(row.created_at)}
        </span>
      ),
    },
    {
      key: "since",
      title: "Access since",
      value: (row) => row.since,
      show: (row) => (
        <span className="nowrap" title={time(row.since)}>
          {fromNow(row.since)}
        </span>
      ),
    },
    {
      key: "acts",
      title: "Actions",
      value: () => "",
      show: (row) => <UserActs user={row} me={row.name === me} onPassword={onPassword} />,
      fixed: true,
    },
  ];
}
