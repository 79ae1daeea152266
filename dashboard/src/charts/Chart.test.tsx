import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { draw } from "@/testing/render";
import { Chart } from "./Chart";
import { curves } from "./curves";
import { funnel } from "./funnel";
import { lines } from "./lines";
import { LIGHT } from "./palette";

vi.mock("./Canvas", () => ({ default: () => <canvas /> }));

it("a chart says what it shows, and is a table for whoever cannot see it", async () => {
  draw(
    <Chart
      label="AUC over 2 runs, last 0.81."
      name="auc"
      option={(palette) => lines(palette, { labels: ["Jan", "Feb"], lines: [], write: String })}
      columns={[{ key: "auc", title: "AUC", value: (row: { auc: number }) => row.auc }]}
      rows={[{ auc: 0.8 }, { auc: 0.81 }]}
      rowKey={(row) => String(row.auc)}
    />,
  );
  expect(screen.getByRole("img", { name: "AUC over 2 runs, last 0.81." })).toBeTruthy();
  await userEvent.click(screen.getByRole("radio", { name: "Table" }));
  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["0.8", "0.81"]);
});

it("a band lies between its two ends, and is left out where one is not known", () => {
  const option = lines(LIGHT, {
    labels: ["Jan", "Feb"],
    lines: [{ name: "Effect", values: [1, 2], low: [0, null], high: [3, 4] }],
    write: String,
  });
  const series = option.series as { data: (number | null)[] }[];
  expect(series.map((one) => one.data)).toEqual([
    [0, null],
    [3, null],
    [1, 2],
  ]);
});

it("a funnel writes each stage with its share of the one before, and says what is not known", () => {
  const option = funnel(LIGHT, [
    { name: "All", value: 1000, before: null },
    { name: "At risk", value: 55, before: null },
    { name: "Offer", value: null, before: null },
  ]);
  const [bars] = option.series as { data: { label: { formatter: string } }[] }[];
  expect(bars?.data.map((one) => one.label.formatter)).toEqual(["1,000", "55  (5.5 %)", "not known"]);
});

it("a curve that falls in steps keeps its band in steps too", () => {
  const option = curves(LIGHT, {
    curves: [
      {
        name: "2025 Q1",
        steps: true,
        points: [
          { x: 0, y: 1, low: 1, high: 1 },
          { x: 30, y: 0.9, low: 0.8, high: 0.95 },
        ],
      },
    ],
    x: { name: "Days", write: String },
    y: { write: String },
  });
  const [band] = option.series as {
    renderItem: (at: object, api: object) => { shape: { points: number[][] } };
  }[];
  const drawn = band?.renderItem({ dataIndexInside: 0 }, { coord: (point: number[]) => point });
  expect(drawn?.shape.points).toEqual([
    [0, 1],
    [30, 1],
    [30, 0.95],
    [30, 0.8],
    [30, 1],
    [0, 1],
  ]);
});
