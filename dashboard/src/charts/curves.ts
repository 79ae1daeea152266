/** Curves over a number (a probability, days), with bands, as steps where they fall in steps. */

import { axis, frame, type Option } from "./options";
import { faint, type Palette } from "./palette";

export interface Curve {
  name: string;
  points: readonly { x: number; y: number; low?: number | null; high?: number | null }[];
  steps?: boolean;
  /** What it is compared with: dashed and grey, without points. */
  beside?: boolean;
  /** Behind what was predicted: dashed in its own colour. */
  dashed?: boolean;
  dots?: boolean;
  colour?: number;
}

interface Given {
  curves: readonly Curve[];
  x: { name: string; write: (value: number) => string; max?: number };
  y: { name?: string; write: (value: number) => string; min?: number; max?: number };
}

export function curves(palette: Palette, { curves: given, x, y }: Given): Option {
  const colourOf = (curve: Curve, place: number) =>
    curve.beside
      ? palette.beside
      : (palette.series[(curve.colour ?? place) % palette.series.length] ?? palette.text);
  const shown = given.filter((curve) => curve.points.length > 0);
  return frame(palette, {
    legend: { ...(frame(palette, {}).legend as object), show: shown.length > 1, type: "scroll" },
    grid: { left: 8, right: 20, top: shown.length > 1 ? 36 : 12, bottom: 24, containLabel: true },
    tooltip: {
      ...(frame(palette, {}).tooltip as object),
      axisPointer: { type: "line", lineStyle: { color: palette.beside } },
      formatter: (points: { seriesName: string; value: [number, number] }[]) => {
        const seen = new Map(points.map((point) => [point.seriesName, point.value]));
        const at = points[0]?.value[0];
        if (at === undefined) return "";
        return [x.write(at), ...[...seen].map(([name, value]) => `${name}: ${y.write(value[1])}`)].join("\n");
      },
    },
    xAxis: axis(palette, {
      type: "value",
      name: x.name,
      nameLocation: "middle",
      nameGap: 26,
      max: x.max,
      splitLine: { show: false },
      axisLabel: { color: palette.dimmed, fontSize: 11, hideOverlap: true, formatter: x.write },
    }),
    yAxis: axis(palette, {
      type: "value",
      min: y.min,
      max: y.max,
      name: y.name,
      nameTextStyle: { color: palette.dimmed, fontSize: 11, align: "left" },
      axisLabel: { color: palette.dimmed, fontSize: 11, formatter: y.write },
    }),
    series: shown.flatMap((curve, place) => {
      const colour = colourOf(curve, place);
      const line: Option = {
        name: curve.name,
        type: "line",
        step: curve.steps ? "end" : false,
        data: curve.points.map((point) => [point.x, point.y]),
        showSymbol: curve.dots ?? false,
        symbolSize: 7,
        lineStyle: { color: colour, width: 2, type: curve.beside || curve.dashed ? "dashed" : "solid" },
        itemStyle: { color: colour },
        silent: curve.beside ?? false,
      };
      const band = curve.points.filter(
        (point) => typeof point.low === "number" && typeof point.high === "number",
      );
      if (band.length < 2) return [line];
      const shape: Option = {
        name: curve.name,
        type: "custom",
        silent: true,
        tooltip: { show: false },
        itemStyle: { color: colour },
        encode: { x: 0, y: [1, 2] },
        data: band.map((point) => [point.x, point.low, point.high]),
        renderItem: polygon(
          band.map((point) => [point.x, point.low as number, point.high as number]),
          faint(colour, 0.16),
          curve.steps ?? false,
        ),
      };
      return [shape, line];
    }),
  });
}

interface Drawing {
  coord: (point: [number, number]) => [number, number];
}

/** The band as one polygon: along the upper ends, and back along the lower ones. */
function polygon(points: readonly [number, number, number][], fill: string, steps: boolean) {
  const edge = (place: 1 | 2): [number, number][] =>
    points.flatMap((point, at): [number, number][] => {
      const before = points[at - 1];
      const here: [number, number] = [point[0], point[place]];
      return steps && before !== undefined ? [[point[0], before[place]], here] : [here];
    });
  return ({ dataIndexInside }: { dataIndexInside: number }, api: Drawing) => {
    if (dataIndexInside !== 0) return;
    const around = [...edge(2), ...edge(1).reverse()];
    return {
      type: "polygon",
      shape: { points: around.map((point) => api.coord(point)) },
      style: { fill },
      z2: -1,
    };
  };
}
