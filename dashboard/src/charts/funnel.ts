/** A funnel as lying bars: each stage with its share of the one before; the period before as a mark. */

import { axis, frame, type Option } from "./options";
import { faint, type Palette } from "./palette";

export interface Stage {
  name: string;
  value: number | null;
  before: number | null;
}

export function funnel(palette: Palette, stages: readonly Stage[]): Option {
  const largest = Math.max(1, ...stages.map((one) => Math.max(one.value ?? 0, one.before ?? 0)));
  const write = (value: number) => value.toLocaleString("en-GB");
  return frame(palette, {
    grid: {
      left: 8,
      right: 96,
      top: stages.some((one) => one.before !== null) ? 36 : 8,
      bottom: 8,
      containLabel: true,
    },
    legend: { ...(frame(palette, {}).legend as object), show: stages.some((one) => one.before !== null) },
    tooltip: {
      ...(frame(palette, {}).tooltip as object),
      axisPointer: { type: "shadow", shadowStyle: { opacity: 0.12 } },
      valueFormatter: (value: unknown) => (typeof value === "number" ? write(value) : "not known"),
    },
    xAxis: axis(palette, { type: "value", max: largest, show: false }),
    yAxis: axis(palette, {
      type: "category",
      inverse: true,
      data: stages.map((one) => one.name),
      splitLine: { show: false },
      axisLine: { show: false },
      axisLabel: { color: palette.text, fontSize: 12 },
    }),
    series: [
      {
        name: "This period",
        type: "bar",
        barMaxWidth: 34,
        barGap: "12%",
        data: stages.map((one, place) => ({
          value: one.value,
          itemStyle: { color: faint(palette.series[0] ?? palette.text, 1 - place * 0.18), borderRadius: 4 },
          label: {
            show: true,
            position: "right",
            color: palette.text,
            fontSize: 12,
            formatter: labelOf(one, stages[place - 1], write),
          },
        })),
        itemStyle: { color: palette.series[0] },
      },
      ...(stages.some((one) => one.before !== null)
        ? [
            {
              name: "Previous period",
              type: "bar",
              barMaxWidth: 10,
              data: stages.map((one) => one.before),
              itemStyle: { color: palette.beside, borderRadius: 3 },
            },
          ]
        : []),
    ],
  });
}

function labelOf(stage: Stage, above: Stage | undefined, write: (value: number) => string): string {
  if (stage.value === null) return "not known";
  if (!above?.value) return write(stage.value);
  const share = (stage.value / above.value) * 100;
  return `${write(stage.value)}  (${share.toLocaleString("en-GB", { maximumFractionDigits: share < 10 ? 1 : 0 })} %)`;
}
