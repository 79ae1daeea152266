import { Page } from "@/ui/Page";
import { Records } from "./Records";
import { Whole } from "./Whole";

/** Who did what to what, and when; and whether that record is whole. */
export function Component() {
  return (
    <Page
      title="Audit log"
      lead="Every act and every look at a prediction, chained so that a change, a deletion or an insertion is found."
    >
      <Whole />
      <Records />
    </Page>
  );
}
