import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Sparkline } from "./Sparkline";

const pointsOf = (values: (number | null)[]) =>
  render(<Sparkline values={values} />)
    .container.querySelector("polyline")
    ?.getAttribute("points");

it("draws what is known, higher for more, and is level where nothing changed", () => {
  expect(pointsOf([0, null, 10])).toBe("3.0,23.0 81.0,3.0");
  expect(pointsOf([4, 4])).toBe("3.0,13.0 81.0,13.0");
});

it("draws nothing of a single number: that is no course", () => {
  expect(pointsOf([5])).toBeUndefined();
  expect(pointsOf([null, 5])).toBeUndefined();
});
