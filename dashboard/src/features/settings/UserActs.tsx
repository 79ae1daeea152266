import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { answered, type Schemas } from "@/api/client";
import { service, useAct } from "@/lib/service";
import { Modal } from "@/ui/Dialog";
import { Failure } from "@/ui/states";
import type { Made } from "./PasswordOnce";
import { RolePicker } from "./RolePicker";
import type { RoleName } from "./words";

type User = Schemas["User"];

interface Props {
  user: User;
  /** Whether it is whoever looks. */
  me: boolean;
  onPassword: (made: Made) => void;
}

const TOUCHED = ["/api/v1/users", "/api/v1/audit", "/api/v1/session"];

/** What can be done with a user. Each is asked before it is done. */
export function UserActs({ user, me, onPassword }: Props) {
  const [asked, setAsked] = useState<"roles" | "state" | "password">();
  const close = () => setAsked(undefined);
  const active = user.state === "active";
  return (
    <Group gap={4} wrap="nowrap">
      <Act of={user.name} label="Roles" onClick={() => setAsked("roles")} />
      <Act of={user.name} label="New password" onClick={() => setAsked("password")} />
      <Act of={user.name} label={active ? "Disable" : "Enable"} onClick={() => setAsked("state")} />
      {asked === "roles" ? <ChangeRoles user={user} me={me} onClose={close} /> : null}
      {asked === "state" ? <ChangeState user={user} me={me} onClose={close} /> : null}
      {asked === "password" ? <NewPassword user={user} onClose={close} onPassword={onPassword} /> : null}
    </Group>
  );
}

function Act({ label, of, onClick }: { label: string; of: string; onClick: () => void }) {
  return (
    <Button size="compact-xs" variant="subtle" aria-label={`${label}: ${of}`} onClick={onClick}>
      {label}
    </Button>
  );
}

function ChangeRoles({ user, me, onClose }: { user: User; me: boolean; onClose: () => void }) {
  const [roles, setRoles] = useState<RoleName[]>(user.roles);
  const change = useAct(
    (given: RoleName[]) =>
      answered(
        service.POST("/api/v1/users/{name}/roles", {
          params: { path: { name: user.name } },
          body: { roles: given },
        }),
      ),
    TOUCHED,
  );
  const same = roles.length === user.roles.length && roles.every((role) => user.roles.includes(role));
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Roles of ${user.name}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <RolePicker value={roles} onChange={setRoles} />
        <Text size="sm" c="dimmed">
          They count from the next request on.
          {me ? " These are your own: without admin you may not change them back." : ""}
        </Text>
        {change.isError ? <Failure title="Nothing was changed" error={change.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={roles.length === 0 || same}
            loading={change.isPending}
            onClick={() =>
              change.mutate(roles, {
                onSuccess: () => {
                  notifications.show({
                    color: "teal",
                    title: "Roles changed",
                    message: `${user.name}: ${roles.join(", ")}.`,
                  });
                  onClose();
                },
              })
            }
          >
            Save roles
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ChangeState({ user, me, onClose }: { user: User; me: boolean; onClose: () => void }) {
  const active = user.state === "active";
  const change = useAct(() => {
    const given = { params: { path: { name: user.name } } };
    return answered(
      active
        ? service.POST("/api/v1/users/{name}/disable", given)
        : service.POST("/api/v1/users/{name}/enable", given),
    );
  }, TOUCHED);
  return (
    <Modal
      opened
      onClose={onClose}
      title={active ? `Disable ${user.name}?` : `Enable ${user.name}?`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <Text size="sm">
          {active
            ? `From the next request on ${me ? "you" : user.name} can do nothing, also where ${me ? "you are" : "they are"} signed in now. The roles stay.`
            : "They must sign in again; roles are unchanged."}
        </Text>
        {change.isError ? <Failure title="Nothing was changed" error={change.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            {...(active && { color: "red" })}
            loading={change.isPending}
            onClick={() =>
              change.mutate(undefined, {
                onSuccess: () => {
                  notifications.show({
                    color: "teal",
                    title: active ? "Disabled" : "Enabled",
                    message: `${user.name} may ${active ? "not sign in any more" : "sign in again"}.`,
                  });
                  onClose();
                },
              })
            }
          >
            {active ? "Disable" : "Enable"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function NewPassword({
  user,
  onClose,
  onPassword,
}: {
  user: User;
  onClose: () => void;
  onPassword: (made: Made) => void;
}) {
  const change = useAct(
    () =>
      answered(
        service.POST("/api/v1/users/{name}/password", {
          params: { path: { name: user.name } },
          body: {},
        }),
      ),
    TOUCHED,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={`A new password for ${user.name}?`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        <Text size="sm">
          The old one counts no more, and whoever is signed in with it must sign in again. The new one is
          shown once.
        </Text>
        {change.isError ? <Failure title="Nothing was changed" error={change.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={change.isPending}
            onClick={() =>
              change.mutate(undefined, {
                onSuccess: ({ password }) => {
                  onClose();
                  onPassword({ name: user.name, password });
                },
              })
            }
          >
            Create a new password
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
