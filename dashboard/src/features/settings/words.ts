import type { Schemas } from "@/api/client";
import { words } from "@/lib/format";

export type RoleName = Schemas["Role"]["role"];

/** `dpo` → DPO, `viewer` → Viewer. */
export function roleWords(role: string): string {
  return role === "csm" || role === "dpo" ? role.toUpperCase() : words(role);
}

/** Whether a name is one that a user may have: no e-mail address, since it stands in histories. */
export function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name);
}
