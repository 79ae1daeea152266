import { words } from "@/lib/format";

const ROUTES: Record<string, string> = {
  auto_execute: "Sent without a person",
  manual_review: "A person decides first",
  monitor: "Watched, no offer",
  no_action: "Left alone",
};

/** What is done for a customer, in words. */
export function routeWords(route: string): string {
  return ROUTES[route] ?? words(route);
}
