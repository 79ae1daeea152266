import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import { BudgetPanel } from "./BudgetPanel";
import type { Figures } from "./figures";

it("a limit of nothing is told as a limit", () => {
  const scope = { scope: "tier", name: "Basic", limit: 0, spent: 0, reserved: 0, left: 0, words: "" };
  const budget = { month: "2026-01", scopes: [scope], shadow_price: { value: null, words: "" } };
  draw(<BudgetPanel figures={{ budget, currency: "EUR" } as unknown as Figures} />);
  expect(screen.getByText("of €0")).toBeTruthy();
  expect(screen.queryByText("no limit")).toBeNull();
});
