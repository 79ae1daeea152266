import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import type { Figures } from "./figures";
import { KeyFigures } from "./KeyFigures";

const SURE = {
  value: null,
  low: null,
  high: null,
  always_low: null,
  always_high: null,
  customers: 0,
  reason: "few",
};
const EARNED = {
  name: null,
  treated: 182,
  alone: 50,
  offered: 147,
  retained: 118,
  valued: 118,
  saved: 82_700,
  saved_reason: null,
  cost: 3530,
  cost_alone: 0,
  incremental: SURE,
  net: SURE,
  roi: SURE,
  kept: SURE,
};

function figures(all: Partial<NonNullable<Figures["all"]>>): Figures {
  return {
    currency: "EUR",
    definitions: {},
    all: { ...EARNED, ...all },
    before: null,
    months: [],
  } as unknown as Figures;
}

it("saved revenue says of whom it is", () => {
  const { unmount } = draw(<KeyFigures figures={figures({})} />);
  expect(screen.getByText("118 retained × CLV; not causal")).toBeTruthy();
  expect(screen.getByText("147 of 182 treated customers got an offer")).toBeTruthy();
  unmount();
  draw(<KeyFigures figures={figures({ valued: 91 })} />);
  expect(screen.getByText("91 of 118 retained, whose value is known, × CLV; not causal")).toBeTruthy();
});

it("of a few customers nothing is told", () => {
  const few = {
    treated: null,
    alone: null,
    offered: null,
    retained: null,
    valued: null,
    saved: null,
    cost: null,
  };
  draw(
    <KeyFigures
      figures={figures({ ...few, saved_reason: "Not enough data yet: fewer than 5 customers." })}
    />,
  );
  expect(screen.getAllByText("not enough data yet").length).toBe(5);
  expect(screen.getAllByText("Not enough data yet: fewer than 5 customers.").length).toBe(2);
});
