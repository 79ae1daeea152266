import { describe, expect, it } from "vitest";
import { contrast, DARK, faint, LIGHT } from "./palette";

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("the %s palette", (_, palette) => {
  it("writes text that can be read", () => {
    for (const colour of [palette.text, palette.dimmed]) {
      expect(contrast(colour, palette.ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("draws marks that can be seen", () => {
    for (const colour of [...palette.series, palette.good, palette.bad, palette.beside]) {
      expect(contrast(colour, palette.ground)).toBeGreaterThanOrEqual(3);
    }
  });

  it("has no colour twice", () => {
    expect(new Set(palette.series).size).toBe(palette.series.length);
  });
});

it("tells black from white as 21 to 1", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#777777")).toBe(1);
});

it("lets a colour through in part", () => {
  expect(faint("#112233", 0.5)).toBe("#11223380");
});
