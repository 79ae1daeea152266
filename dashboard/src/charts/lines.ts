/** Lines over time or over another number, with bands for what is not sure. */

import { axis, frame, type Option } from "./options";
import { faint, type Palette } from "./palette";

export interface Line {
  name: string;
  values: readonly (number | null)[];
  low?: readonly (number | null)[];
  high?: readonly (number | null)[];
  /** What it is compared with: drawn dashed and grey. */
  beside?: boolean;
  /** A curve that falls in steps, such as survival. */
  steps?: boolean;
  /** Place among the colours, where it shall not be the next. */
  colour?: number;
  area?: boolean;
}

interface Given {
  /** Names below the lines: days, months. */
  labels: readonly string[];
  lines: readonly Line[];
  write: (value: number) => string;
  /** For the axis, shorter than `write`. */
  short?: (value: number) => string;
  min?: number | "dataMin";
  max?: number;
  x?: string;
}

/** One line each, with its band where low and high are given. */
export function lines(palette: Palette, { labels, lines: given, write, short, min, max, x }: Given): Option {
  const few = labels.length <= 14;
  return frame(palette, {
    legend: {
      ...(frame(palette, {}).legend as object),
      show: given.length > 1,
      data: given.map((line) => ({ name: line.name, itemStyle: { opacity: 1 } })),
    },
    grid: {
      left: 8,
      right: 16,
      top: given.length > 1 ? 36 : 12,
      bottom: x === undefined ? 8 : 24,
      containLabel: true,
    },
    tooltip: {
      ...(frame(palette, {}).tooltip as object),
      formatter: (points: { dataIndex: number }[]) => told(given, labels, points[0]?.dataIndex ?? 0, write),
    },
    xAxis: axis(palette, {
      type: "category",
      data: labels,
      boundaryGap: false,
      ...(x === undefined ? {} : { name: x, nameLocation: "middle", nameGap: 26 }),
      splitLine: { show: false },
      axisLabel: {
        color: palette.dimmed,
        fontSize: 11,
        hideOverlap: true,
        alignMinLabel: "left",
        alignMaxLabel: "right",
      },
    }),
    yAxis: axis(palette, {
      type: "value",
      min: min === "dataMin" ? undefined : min,
      max,
      scale: min === "dataMin",
      axisLabel: {
        color: palette.dimmed,
        fontSize: 11,
        formatter: (value: number) => (short ?? write)(value),
      },
    }),
    series: given.flatMap((line, place) => drawn(palette, line, place, few)),
  });
}

function drawn(palette: Palette, line: Line, place: number, few: boolean): Option[] {
  const colour = line.beside
    ? palette.beside
    : (palette.series[(line.colour ?? place) % palette.series.length] ?? palette.text);
  const main: Option = {
    name: line.name,
    type: "line",
    data: line.values,
    step: line.steps ? "end" : false,
    showSymbol: few && !line.steps && line.beside !== true,
    symbolSize: 6,
    connectNulls: false,
    lineStyle: { color: colour, width: 2, type: line.beside ? "dashed" : "solid" },
    itemStyle: { color: colour },
    z: 3,
    ...(line.area ? { areaStyle: { color: faint(colour, 0.12) } } : {}),
  };
  if (line.low === undefined || line.high === undefined) return [main];
  const [low, high] = [line.low, line.high];
  const between = high.map((top, at) => {
    const bottom = low[at];
    return top === null || bottom === null || bottom === undefined ? null : top - bottom;
  });
  const unseen = {
    lineStyle: { opacity: 0 },
    symbol: "none",
    silent: true,
    step: line.steps ? "end" : false,
  };
  const stack = `band ${place}`;
  return [
    {
      name: line.name,
      type: "line",
      data: low,
      stack,
      stackStrategy: "all",
      ...unseen,
      itemStyle: { color: colour },
    },
    {
      name: line.name,
      type: "line",
      data: between,
      stack,
      stackStrategy: "all",
      ...unseen,
      itemStyle: { color: colour },
      areaStyle: { color: faint(colour, 0.16) },
    },
    main,
  ];
}

function told(
  given: readonly Line[],
  labels: readonly string[],
  at: number,
  write: (value: number) => string,
): string {
  const rows = given.flatMap((line) => {
    const value = line.values[at];
    if (value === null || value === undefined) return [];
    const [low, high] = [line.low?.[at], line.high?.[at]];
    const range =
      typeof low === "number" && typeof high === "number" ? ` (${write(low)} to ${write(high)})` : "";
    return [`${line.name}: ${write(value)}${range}`];
  });
  return [labels[at] ?? "", ...rows].join("\n");
}
