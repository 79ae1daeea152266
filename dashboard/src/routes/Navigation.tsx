import { NavLink, Stack, Text } from "@mantine/core";
import { NavLink as RouterLink, useLocation } from "react-router";
import { useKept } from "@/lib/address";
import { useMay } from "@/lib/session";
import { PLACES } from "./places";

/** The views that one may see, in groups. What all views share (period, tier, segment) is kept. */
export function Navigation() {
  const may = useMay();
  const to = useKept();
  const { pathname } = useLocation();
  return (
    <Stack gap="md" p="sm" component="nav" aria-label="Views">
      {PLACES.map(({ group, places }) => {
        const seen = places.filter((place) => may(place.permission));
        if (seen.length === 0) return null;
        return (
          <div key={group}>
            <Text size="xs" c="dimmed" fw={600} px="xs" mb={4}>
              {group}
            </Text>
            {seen.map(({ path, label, icon: Icon }) => {
              const active =
                path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`);
              return (
                <NavLink
                  key={path}
                  component={RouterLink}
                  to={to(path)}
                  label={label}
                  active={active}
                  aria-current={active ? "page" : undefined}
                  leftSection={<Icon size={17} stroke={1.7} />}
                  styles={{ root: { borderRadius: "var(--mantine-radius-md)", paddingBlock: 7 } }}
                />
              );
            })}
          </div>
        );
      })}
    </Stack>
  );
}
