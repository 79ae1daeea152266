/** Why an offer is not made, by the codes that the service and the learner know. */

import type { Schemas } from "@/api/client";

export type Code = Schemas["Rejection"]["code"];

export const REJECTIONS: readonly { code: Code; words: string }[] = [
  { code: "not_now", words: "It is the wrong moment" },
  { code: "wrong_offer", words: "Another offer would be right, and none of those possible is" },
  { code: "too_dear", words: "It costs more than it is worth" },
  { code: "in_talks", words: "Somebody is in talks with the customer already" },
  { code: "wrong_facts", words: "What the case says of the customer is not true" },
  { code: "no_contact", words: "The customer asked not to be contacted" },
  { code: "other", words: "Another reason, in words" },
];
