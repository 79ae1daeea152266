import { Page } from "@/ui/Page";
import { Records } from "./Records";
import { Whole } from "./Whole";

/** Who did what to what, and when; and whether that record is whole. */
export function Component() {
  return (
    <Page
      title="Audit log"
      lead="Every action and every prediction that was viewed, hash-chained so that tampering is found."
    >
      <Whole />
      <Records />
    </Page>
  );
}
