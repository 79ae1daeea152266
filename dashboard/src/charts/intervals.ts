/** Estimates with their intervals, one below the other: a point and a whisker each. */

import { axis, frame, type Option } from "./options";
import type { Palette } from "./palette";

export interface Estimate {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
}

interface Given {
  estimates: readonly Estimate[];
  write: (value: number) => string;
  short?: (value: number) => string;
  /** A line to compare with, such as no effect, or those left alone. */
  line?: { at: number; name: string };
}

export function intervals(palette: Palette, { estimates, write, short, line }: Given): Option {
  const colour = palette.series[0] ?? palette.text;
  return frame(palette, {
    legend: { show: false },
    grid: { left: 8, right: 24, top: line === undefined ? 8 : 24, bottom: 8, containLabel: true },
    tooltip: {
      ...(frame(palette, {}).tooltip as object),
      trigger: "item",
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const one = estimates[dataIndex];
        if (one === undefined || one.value === null) return "";
        const range =
          one.low === null || one.high === null
            ? ""
            : `\n95 % interval ${write(one.low)} to ${write(one.high)}`;
        return `${one.name}: ${write(one.value)}${range}`;
      },
    },
    yAxis: axis(palette, {
      type: "category",
      inverse: true,
      data: estimates.map((one) => one.name),
      splitLine: { show: false },
      axisLabel: { color: palette.dimmed, fontSize: 12, width: 120, overflow: "break", lineHeight: 14 },
    }),
    xAxis: axis(palette, {
      type: "value",
      scale: true,
      axisLabel: {
        color: palette.dimmed,
        fontSize: 11,
        hideOverlap: true,
        formatter: (value: number) => (short ?? write)(value),
      },
    }),
    series: [
      {
        type: "custom",
        renderItem: whisker(colour),
        encode: { x: [1, 2], y: 0 },
        data: estimates.map((one, at) => [at, one.low ?? one.value, one.high ?? one.value]),
        silent: true,
      },
      {
        type: "scatter",
        symbolSize: 9,
        itemStyle: { color: colour },
        encode: { x: 1, y: 0 },
        data: estimates.map((one, at) => [at, one.value]),
        ...(line === undefined
          ? {}
          : {
              markLine: {
                symbol: "none",
                silent: true,
                label: { position: "start", formatter: line.name, color: palette.dimmed, fontSize: 11 },
                lineStyle: { color: palette.beside, type: "dashed" },
                data: [{ xAxis: line.at }],
              },
            }),
      },
    ],
  });
}

interface Drawing {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

function whisker(colour: string) {
  return (_: unknown, api: Drawing) => {
    const at = api.value(0);
    const [left, right] = [api.coord([api.value(1), at]), api.coord([api.value(2), at])];
    const stroke = { stroke: colour, lineWidth: 2, fill: undefined };
    const part = (x1: number, y1: number, x2: number, y2: number) => ({
      type: "line",
      shape: { x1, y1, x2, y2 },
      style: stroke,
    });
    return {
      type: "group",
      children: [
        part(left[0], left[1], right[0], right[1]),
        part(left[0], left[1] - 5, left[0], left[1] + 5),
        part(right[0], right[1] - 5, right[0], right[1] + 5),
      ],
    };
  };
}
