import { ActionIcon, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { answered } from "@/api/client";
import { words } from "@/lib/format";
import { service } from "@/lib/service";
import type { Session } from "@/lib/session";

const ROLES = ["viewer", "analyst", "csm", "approver", "admin", "dpo"] as const;

/** Who is signed in, in which role, and the way out. */
export default function PersonMenu({ session, onClose }: { session: Session; onClose: () => void }) {
  const queries = useQueryClient();
  const failed = (error: Error): undefined => {
    notifications.show({ color: "red", title: "That did not work", message: error.message });
  };
  const as = async (role: (typeof ROLES)[number] | null) => {
    await answered(service.POST("/api/v1/session/as", { body: { role } })).catch(failed);
    await queries.resetQueries();
  };
  const leave = async () => {
    const done = await answered(service.DELETE("/api/v1/session", {})).catch(failed);
    queries.clear();
    // The provider may have a page of its own at which its session ends too.
    globalThis.location.assign(done?.continue_at ?? "/");
  };
  const roles = session.as_role ?? session.roles.join(", ");
  return (
    <Menu
      position="bottom-end"
      width={260}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      opened
      onClose={onClose}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={`Signed in as ${session.name ?? session.subject ?? "this machine"}`}
        >
          <IconUserCircle size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" component="span" display="block">
            {session.kind === "local" ? "You, on this machine" : (session.name ?? session.subject)}
          </Text>
          {roles}
        </Menu.Label>
        {session.kind === "local" ? (
          <>
            <Menu.Divider />
            <Menu.Label>View as</Menu.Label>
            <Menu.Item
              onClick={() => void as(null)}
              rightSection={session.as_role === null ? <IconCheck size={14} /> : null}
            >
              All roles
            </Menu.Item>
            {ROLES.map((role) => (
              <Menu.Item
                key={role}
                onClick={() => void as(role)}
                rightSection={session.as_role === role ? <IconCheck size={14} /> : null}
              >
                {role === "csm" || role === "dpo" ? role.toUpperCase() : words(role)}
              </Menu.Item>
            ))}
          </>
        ) : (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={() => void leave()}>
              Sign out
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
