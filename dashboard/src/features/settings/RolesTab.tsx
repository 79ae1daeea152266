import { Badge, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useAsk } from "@/lib/service";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { Asked, Waiting } from "@/ui/states";
import styles from "./Settings.module.css";
import { roleWords } from "./words";

type Permission = Schemas["Permission"];
type Role = Schemas["Role"];

/** Who may do what: the table that the service itself decides by. */
export function RolesTab() {
  const found = useAsk("/api/v1/roles");
  return (
    <Asked query={found} waiting={<Waiting lines={10} />}>
      {({ roles, permissions }) => <Matrix roles={roles} permissions={permissions} />}
    </Asked>
  );
}

function Matrix({ roles, permissions }: { roles: readonly Role[]; permissions: readonly Permission[] }) {
  const columns = useMemo(
    (): readonly Column<Permission>[] => [
      {
        key: "permission",
        title: "Permission",
        value: (row) => row.permission,
        show: (row) => (
          <span>
            {row.words}
            {row.personal ? (
              <Badge className="mark" color="orange" ml={6}>
                personal data
              </Badge>
            ) : null}
            <Text size="xs" c="dimmed">
              {row.permission}
            </Text>
          </span>
        ),
        fixed: true,
      },
      ...roles.map(
        ({ role }): Column<Permission> => ({
          key: role,
          title: roleWords(role),
          value: (row) => (row.roles.includes(role) ? "yes" : "no"),
          show: (row) =>
            row.roles.includes(role) ? (
              <span className={styles.yes}>
                <span aria-hidden>✓</span>
                <span className="hidden-text">yes</span>
              </span>
            ) : (
              <span className={styles.no}>
                <span aria-hidden>·</span>
                <span className="hidden-text">no</span>
              </span>
            ),
          fixed: true,
        }),
      ),
    ],
    [roles],
  );
  return (
    <div style={{ display: "grid", gap: "var(--mantine-spacing-md)" }}>
      <Panel title="Roles" lead="A user may have several roles. Only what the table below lists is allowed.">
        <div className="tiles">
          {roles.map((one) => (
            <div key={one.role}>
              <Text size="sm" fw={600}>
                {roleWords(one.role)}
              </Text>
              <Text size="xs" c="dimmed">
                {one.words}
              </Text>
            </div>
          ))}
        </div>
      </Panel>
      <Panel
        title="Permissions"
        lead="The one table that the service, the command line and this app use."
        flush
        actions={<CsvButton name="roles" columns={columns} rows={permissions} />}
      >
        <DataTable
          label="Permissions by role"
          columns={columns}
          rows={permissions}
          rowKey={(row) => row.permission}
          height={2000}
        />
      </Panel>
    </div>
  );
}
