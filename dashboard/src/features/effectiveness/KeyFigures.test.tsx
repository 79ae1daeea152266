import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import type { Figures } from "./figures";
import { KeyFigures } from "./KeyFigures";

const SHARE = { count: 40, of: 50, value: 0.8, low: 0.67, high: 0.89, reason: null };

function figures(offers: Figures["offers"]): Figures {
  return {
    currency: "EUR",
    period: { first: "2026-01-01", last: "2026-03-31", days: 90, runs: 3 },
    offers,
    previous_offers: null,
    incentives: [],
    redeemed: { ...SHARE, count: 149, of: 247, value: 149 / 247 },
    responses: [],
    explored: [],
    definitions: {},
  } as unknown as Figures;
}

it("the cost of a retention is that of the judged, as the service tells it, with the interval of the share", () => {
  draw(
    <KeyFigures
      figures={figures({ made: 200, judged: 50, retained: SHARE, spend: 4000, cost_per_retained: 25 })}
    />,
  );
  expect(screen.getByText("€25.00")).toBeTruthy();
  expect(screen.getByText("67 % to 89 % (95 %), 40 of 50")).toBeTruthy();
  expect(screen.getByText("67 % to 89 % (95 %), 149 of 247 redeemed")).toBeTruthy();
  const links = screen.getAllByRole("link");
  expect(links.map((one) => [one.textContent, one.getAttribute("href")])).toEqual([
    ["200", "/customers?decisions=made&from=2026-01-01&to=2026-03-31"],
    ["80 %", "/customers?decisions=retained&from=2026-01-01&to=2026-03-31"],
  ]);
});

it("without a run in the period nothing is told as none", () => {
  draw(<KeyFigures figures={figures(null)} />);
  expect(screen.queryByText("0")).toBeNull();
  expect(screen.getAllByText("not enough data yet").length).toBeGreaterThan(2);
});
