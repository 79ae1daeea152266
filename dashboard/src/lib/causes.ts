/** The causes of a score, taken apart: what, how it is with this customer, how it is usually. */

export interface Cause {
  feature: string;
  value: number | null;
  contribution: number;
  text: string;
}

export interface Told {
  label: string;
  value: string | undefined;
  typical: string | undefined;
}

const USUAL = /^(.*): (.*) \(typical (.*)\), (?:raises|lowers) the risk$/;
const PLAIN = /^(.*): (.*), (?:raises|lowers) the risk$/;

/** `visits: 1 (typical 6), raises the risk` → visits, 1, 6. */
export function causeTold(text: string): Told {
  const usual = USUAL.exec(text);
  if (usual !== null) return { label: usual[1] ?? text, value: usual[2], typical: usual[3] };
  const plain = PLAIN.exec(text);
  return { label: plain?.[1] ?? text, value: plain?.[2], typical: undefined };
}

/** A sentence of it: Visits: 1, usually 6. */
export function causeInWords(text: string): string {
  const { label, value, typical } = causeTold(text);
  const begin = label.charAt(0).toUpperCase() + label.slice(1);
  if (value === undefined) return begin;
  return typical === undefined ? `${begin}: ${value}` : `${begin}: ${value}, typical ${typical}`;
}

export interface Step {
  cause: Cause;
  from: number;
  to: number;
}

/** Where each cause leads from and to, in log-odds: the average customer first, the rest after the named ones. */
export function stepsOf(causes: readonly Cause[]): Step[] {
  const base = causes.filter((one) => one.feature === "(base)");
  const named = causes.filter((one) => one.feature !== "(base)");
  let at = 0;
  return [...base, ...named].map((cause) => {
    const from = at;
    at += cause.contribution;
    return { cause, from, to: at };
  });
}
