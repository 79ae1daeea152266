import type { ECharts } from "echarts/core";
import { useEffect, useRef } from "react";
import { init } from "./echarts";
import type { Option } from "./options";

interface Props {
  option: Option;
  height: number;
  /** Called with the place of what was pressed among the data of its series. */
  onPick?: ((index: number, series: string) => void) | undefined;
}

/** Draws an option of ECharts on a canvas: no inline styles, so a strict policy lets it be. */
export default function Canvas({ option, height, onPick }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | undefined>(undefined);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const node = frame.current;
    if (node === null) return;
    const made = init(node, undefined, { renderer: "canvas" });
    chart.current = made;
    made.on("click", (event) => pick.current?.(event.dataIndex, event.seriesName ?? ""));
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(node);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);

  return (
    <div
      ref={frame}
      style={{ height, width: "100%", cursor: onPick === undefined ? undefined : "pointer" }}
    />
  );
}
