/** What groups of fewer than five customers are told as, together. */
export const OTHERS = "others";
