import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { answered, type Schemas } from "@/api/client";
import { service, useAct } from "@/lib/service";
import { Modal } from "@/ui/Dialog";
import { Failure } from "@/ui/states";
import type { Made } from "./PasswordOnce";
import { RolePicker } from "./RolePicker";
import { isName, type RoleName } from "./words";

interface Props {
  /** Nobody needs to sign in yet; from this user on everybody must. */
  first: boolean;
  onClose: () => void;
  onMade: (made: Made) => void;
}

/** Makes a user with a password that the service makes up. */
export function CreateUser({ first, onClose, onMade }: Props) {
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<RoleName[]>(first ? ["admin"] : []);
  // Nothing is asked again before the password was seen: after the first user nobody is signed in any more.
  const create = useAct(
    (body: Schemas["NewUser"]) => answered(service.POST("/api/v1/users", { body })),
    first ? [] : ["/api/v1/users", "/api/v1/audit"],
  );
  const fits = isName(name);
  const ready = fits && roles.length > 0 && (!first || roles.includes("admin"));
  return (
    <Modal opened onClose={onClose} title="New user" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || create.isPending) return;
          create.mutate(
            { name, roles },
            { onSuccess: ({ user, password }) => onMade({ name: user.name, password, first }) },
          );
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Used to sign in. Not an e-mail address: it stays in histories."
            required
            data-autofocus
            autoComplete="off"
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
            error={name === "" || fits ? undefined : "Letters a to z, digits, dots, dashes and underscores"}
          />
          <RolePicker value={roles} onChange={setRoles} />
          {first ? (
            <Alert color="yellow" variant="light" title="From now on everybody must sign in">
              The first user must be an admin. You are asked to sign in as them right after you have seen the
              password.
            </Alert>
          ) : null}
          {create.isError ? <Failure title="The user was not created" error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!ready} loading={create.isPending}>
              Create user
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
