import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useParams } from "@/lib/address";
import { type Permission, useMay } from "@/lib/session";
import { Page } from "@/ui/Page";
import { AboutTab } from "./AboutTab";
import { OffersTab } from "./OffersTab";
import { RolesTab } from "./RolesTab";
import styles from "./Settings.module.css";
import { SettingsTab } from "./SettingsTab";
import { UsersTab } from "./UsersTab";

const TABS: readonly { tab: string; label: string; needs?: Permission; content: ReactNode }[] = [
  { tab: "settings", label: "Settings", needs: "settings.read", content: <SettingsTab /> },
  { tab: "roles", label: "Roles", needs: "settings.read", content: <RolesTab /> },
  { tab: "users", label: "Users", needs: "users.manage", content: <UsersTab /> },
  { tab: "offers", label: "Offers", needs: "incentives.read", content: <OffersTab /> },
  { tab: "about", label: "About", content: <AboutTab /> },
];

/** How Retinue is set up, who may do what, and what it may offer. */
export function Component() {
  const may = useMay();
  const [given, set] = useParams(["tab", "section", "q", "changed", "new"]);
  const tabs = TABS.filter(({ needs }) => needs === undefined || may(needs));
  const opened = tabs.find(({ tab }) => tab === given.tab) ?? tabs[0];
  return (
    <Page title="Settings & roles" lead="How Retinue is set up, who may do what, and what it may offer.">
      <Tabs
        value={opened?.tab ?? "about"}
        keepMounted={false}
        onChange={(tab) =>
          set({
            tab: tab === tabs[0]?.tab ? undefined : (tab ?? undefined),
            section: undefined,
            q: undefined,
            changed: undefined,
            new: undefined,
          })
        }
      >
        <Tabs.List mb="lg" className={styles.tabs}>
          {tabs.map(({ tab, label }) => (
            <Tabs.Tab key={tab} value={tab}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ tab, content }) => (
          <Tabs.Panel key={tab} value={tab}>
            {content}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
