/** Where one can go: the views, in the order of the navigation, and the permission that each needs. */

import {
  IconAdjustments,
  IconBook2,
  IconChartHistogram,
  IconCircles,
  IconCoins,
  IconDatabase,
  IconFilter,
  IconFlask,
  IconLayoutList,
  IconListSearch,
  IconSend,
  IconShieldLock,
  IconTargetArrow,
  IconUsers,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Permission } from "@/lib/session";

export interface Place {
  path: string;
  label: string;
  permission: Permission;
  icon: ComponentType<{ size?: number; stroke?: number }>;
}

export const PLACES: readonly { group: string; places: readonly Place[] }[] = [
  {
    group: "Work",
    places: [
      { path: "/", label: "Today", permission: "reviews.read", icon: IconLayoutList },
      { path: "/customers", label: "Customers", permission: "customers.read", icon: IconUsers },
      { path: "/campaigns", label: "Campaigns", permission: "campaigns.read", icon: IconSend },
    ],
  },
  {
    group: "Results",
    places: [
      { path: "/pipeline", label: "At-risk pipeline", permission: "analytics.read", icon: IconFilter },
      { path: "/revenue", label: "Revenue impact", permission: "analytics.read", icon: IconCoins },
      {
        path: "/effectiveness",
        label: "Effectiveness",
        permission: "analytics.read",
        icon: IconTargetArrow,
      },
      { path: "/experiments", label: "Experiments", permission: "experiments.read", icon: IconFlask },
    ],
  },
  {
    group: "Understand",
    places: [
      { path: "/segments", label: "Segments", permission: "analytics.read", icon: IconCircles },
      { path: "/model", label: "Model performance", permission: "models.read", icon: IconChartHistogram },
      { path: "/rules", label: "Rules", permission: "rules.read", icon: IconBook2 },
    ],
  },
  {
    group: "Control",
    places: [
      { path: "/sources", label: "Sources & quality", permission: "sources.read", icon: IconDatabase },
      { path: "/audit", label: "Audit log", permission: "audit.read", icon: IconListSearch },
      { path: "/privacy", label: "Privacy requests", permission: "privacy.handle", icon: IconShieldLock },
      { path: "/settings", label: "Settings & roles", permission: "settings.read", icon: IconAdjustments },
    ],
  },
];

/** The place of an address; undefined for none. */
export function placeOf(path: string): Place | undefined {
  const first = `/${path.split("/")[1] ?? ""}`;
  return PLACES.flatMap((group) => group.places).find((place) => place.path === first);
}
