import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useRef } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useSession } from "@/lib/session";
import { Failure, Waiting } from "@/ui/states";
import { Allowed } from "./Allowed";
import { Holding } from "./Broken";
import { Freshness } from "./Freshness";
import { Navigation } from "./Navigation";
import { Notices } from "./Notices";
import { Person } from "./Person";
import { SchemeSwitch } from "./SchemeSwitch";
import { Search } from "./Search";
import { SignIn } from "./SignIn";

/** What stands around every view: navigation, who is signed in, how new the figures are. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const session = useSession();
  const before = useRef(pathname);

  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    close();
    globalThis.scrollTo?.(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  if (session.data === undefined) {
    return session.error === null ? (
      <Waiting lines={8} />
    ) : (
      <Failure error={session.error} retry={() => void session.refetch()} />
    );
  }
  if (!session.data.signed_in) return <SignIn session={session.data} />;
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell
        className="with-navigation"
        header={{ height: 56 }}
        navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }}
        padding={{ base: "md", lg: "xl" }}
      >
        <AppShell.Header>
          <Group h="100%" px="md" gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label="Navigation" />
            <Link
              to="/"
              className="quiet"
              style={{ textDecoration: "none" }}
              aria-label="Retinue: start page"
            >
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" alt="" width={26} height={26} />
                <Text fw={700} visibleFrom="xs">
                  Retinue
                </Text>
              </Group>
            </Link>
            <Text size="sm" c="dimmed" visibleFrom="sm" truncate maw={180}>
              {session.data.project}
            </Text>
            <div style={{ flex: 1 }} />
            <Freshness />
            <Search />
            <SchemeSwitch />
            <Person session={session.data} />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar style={{ overflowY: "auto" }}>
          <Navigation />
        </AppShell.Navbar>
        <AppShell.Main id="content" ref={main} tabIndex={-1} style={{ outline: "none" }}>
          <Notices session={session.data} />
          <Holding place={pathname}>
            <Suspense fallback={<Waiting lines={8} />}>
              <Allowed path={pathname}>
                <Outlet />
              </Allowed>
            </Suspense>
          </Holding>
        </AppShell.Main>
      </AppShell>
    </>
  );
}
