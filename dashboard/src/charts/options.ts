/** What all charts have in common: fonts, axes, tooltip, legend. */

import type { EChartsCoreOption } from "echarts/core";
import type { Palette } from "./palette";

export type Option = EChartsCoreOption;

const FONT = "'Inter Variable', system-ui, sans-serif";

/** The frame of a chart in a palette; what is given replaces parts of it. */
export function frame(palette: Palette, more: Option): Option {
  return {
    animation: false,
    aria: { enabled: false }, // the table beside it says more
    backgroundColor: "transparent",
    color: [...palette.series],
    textStyle: { fontFamily: FONT, color: palette.text },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 14,
      itemHeight: 8,
      textStyle: { color: palette.dimmed, fontSize: 12 },
      inactiveColor: palette.line,
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: palette.ground,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12 },
    },
    ...more,
  };
}

/** An axis in a palette. */
export function axis(palette: Palette, more: Option): Option {
  return {
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { color: palette.dimmed, fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: palette.dimmed, fontSize: 11 },
    splitLine: { lineStyle: { color: palette.line } },
    ...more,
  };
}
