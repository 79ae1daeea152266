import { words } from "@/lib/format";

const ROUTES: Record<string, string> = {
  auto_execute: "Automatic",
  manual_review: "Needs review",
  monitor: "Monitor, no offer",
  no_action: "No action",
};

/** What is done for a customer, in words. */
export function routeWords(route: string): string {
  return ROUTES[route] ?? words(route);
}
