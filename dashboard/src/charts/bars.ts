/** Bars side by side or on each other. */

import { axis, frame, type Option } from "./options";
import type { Palette } from "./palette";

interface Given {
  labels: readonly string[];
  bars: readonly { name: string; values: readonly (number | null)[]; beside?: boolean; colour?: number }[];
  write: (value: number) => string;
  short?: (value: number) => string;
  stacked?: boolean;
  /** Bars lie, with room for long names. */
  lying?: boolean;
  max?: number;
  /** The values are counts: no parts of one on the axis. */
  counts?: boolean;
}

export function bars(
  palette: Palette,
  { labels, bars: given, write, short, stacked, lying, max, counts }: Given,
): Option {
  const names = axis(palette, {
    type: "category",
    data: labels,
    inverse: lying ?? false,
    splitLine: { show: false },
    axisLabel: {
      color: palette.dimmed,
      fontSize: 11,
      ...(lying ? { width: 210, overflow: "break", lineHeight: 13 } : { hideOverlap: true }),
    },
  });
  const values = axis(palette, {
    type: "value",
    max,
    ...(counts ? { minInterval: 1 } : {}),
    axisLabel: {
      color: palette.dimmed,
      fontSize: 11,
      hideOverlap: true,
      formatter: (value: number) => (short ?? write)(value),
    },
  });
  return frame(palette, {
    legend: { ...(frame(palette, {}).legend as object), show: given.length > 1 },
    grid: { left: 8, right: 24, top: given.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
    tooltip: {
      ...(frame(palette, {}).tooltip as object),
      axisPointer: { type: "shadow", shadowStyle: { opacity: 0.15 } },
      valueFormatter: (value: unknown) => (typeof value === "number" ? write(value) : "–"),
    },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: given.map((bar, place) => ({
      name: bar.name,
      type: "bar",
      data: bar.values,
      barMaxWidth: 28,
      ...(stacked ? { stack: "all" } : {}),
      itemStyle: {
        color: bar.beside ? palette.beside : palette.series[(bar.colour ?? place) % palette.series.length],
        borderRadius: stacked ? 0 : lying ? [0, 3, 3, 0] : [3, 3, 0, 0],
      },
    })),
  });
}
