import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import type { Figures, Funnel } from "./stages";
import { TierPanel } from "./TierPanel";

const PERIOD = { first: "2026-01-01", last: "2026-03-31", days: 90, runs: 3 };

function funnel(tier: string, total: number): Funnel {
  return {
    tier,
    stages: [{ stage: "total", customers: total, previous: null }],
    retention: null,
    previous_retention: null,
  };
}

it("each number leads to its customers, also that of the tiers told together", () => {
  const tiers = [funnel("Premium", 40), funnel("others", 33)];
  draw(<TierPanel figures={{ period: PERIOD, tiers } as unknown as Figures} />, "/pipeline?segment=Quiet");
  const to = (name: string) => screen.getByRole("link", { name }).getAttribute("href");
  expect(to("40")).toBe("/customers?segment=Quiet&stage=total&tier=Premium&from=2026-01-01&to=2026-03-31");
  expect(to("33")).toBe("/customers?segment=Quiet&stage=total&tier=others&from=2026-01-01&to=2026-03-31");
});

it("of too few customers it is said why there is no number", () => {
  draw(<TierPanel figures={{ period: PERIOD, tiers: [] } as unknown as Figures} />);
  expect(screen.getByText("Too few customers to be told alone")).toBeTruthy();
});
