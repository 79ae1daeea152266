/** Colours of charts, told apart by people who see colours differently, on a light and on a dark ground. */

export interface Palette {
  ground: string;
  text: string;
  dimmed: string;
  line: string;
  /** Series in the order of use. */
  series: readonly string[];
  good: string;
  bad: string;
  /** What is compared with: the period before, the customers left alone. */
  beside: string;
}

export const LIGHT: Palette = {
  ground: "#ffffff",
  text: "#1f2329",
  dimmed: "#545c66",
  line: "#e3e6ea",
  series: ["#3d55d6", "#c2570c", "#0f7d6c", "#a8327d", "#6b7280", "#8a6d00", "#0e7490", "#7c4ddb"],
  good: "#1f7a3f",
  bad: "#c0302b",
  beside: "#7a828c",
};

export const DARK: Palette = {
  ground: "#181b21",
  text: "#dfe2e7",
  dimmed: "#a6abb4",
  line: "#2c313a",
  series: ["#8ea2ff", "#f5a35c", "#4fd0b8", "#f08cc4", "#a9b0ba", "#dcc04a", "#5fc9e3", "#bfa2ff"],
  good: "#62c983",
  bad: "#ff8a84",
  beside: "#8b939e",
};

/** The contrast of two colours as WCAG has it: (L1 + 0.05) / (L2 + 0.05). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** A colour let through in part: #rrggbb and a share between 0 and 1. */
export function faint(colour: string, share: number): string {
  return `${colour}${Math.round(share * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
