import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { draw, serving, sessionWith } from "@/testing/render";
import { Component as Customers } from "./Customers";

function customer(n: number): Schemas["Customer"] {
  return {
    customer_id: `C${n}`,
    churn_probability: 0.9 - n / 100,
    risk_level: "HIGH",
    time_to_churn_days: null,
    clv: 1000,
    revenue_at_risk: 900,
    value_tier: "Premium",
    segment: "Frequent, recent",
    rfm_segment: "Loyal",
    decision_id: null,
    action_type: null,
    urgency: null,
    incentive_id: null,
    expected_roi: null,
    priority_score: null,
  };
}

function served(...permissions: string[]) {
  return serving({
    "/api/v1/session": sessionWith("customers.read", ...permissions),
    "/api/v1/analytics/dashboard": {
      run: "R",
      as_of: "2026-01-01T00:00:00Z",
      at_risk_pipeline: { tiers: [{ tier: "Premium" }], segments: [{ segment: "Frequent, recent" }] },
    },
    "/api/v1/counts/customers": { run: "R", as_of: "2026-01-01T00:00:00Z", total: 3, of: 1_000_000 },
    "/api/v1/customers": (request: Request) =>
      new URL(request.url).searchParams.get("cursor") === "after-2"
        ? { run: "R", as_of: "2026-01-01T00:00:00Z", customers: [customer(3)], next: null }
        : { run: "R", as_of: "2026-01-01T00:00:00Z", customers: [customer(1), customer(2)], next: "after-2" },
    "/api/v1/analytics/pipeline/customers": {
      run: "R",
      period: { first: "2026-01-01", last: "2026-03-31", days: 90, runs: 3 },
      stage: "retained",
      total: 1,
      own_only: true,
      customers: [
        {
          customer_id: "C9",
          tier: "Premium",
          segment: null,
          first_at_risk: "2026-01-05",
          intervention_at: "2026-01-06T00:00:00Z",
          incentive: "percentage_discount_15",
          judged_at: null,
          retained: null,
        },
      ],
      next: null,
    },
  });
}

const AT =
  "/customers?tier=Premium&segment=Frequent%2C+recent&risk_level=HIGH&risk_level=HUGE&clv_min=500&clv_max=x";

describe("the list", () => {
  it("is what the address says, page by page, and sorted by the service", async () => {
    const user = userEvent.setup();
    const sent = served();
    draw(<Customers />, AT);
    expect(await screen.findByText("C1")).toBeTruthy();
    expect(await screen.findByText("of 1,000,000 active customers", { exact: false })).toBeTruthy();
    const asked = () => sent.filter((one) => one.path === "/api/v1/customers").map((one) => one.query);
    expect([...(asked()[0]?.entries() ?? [])].sort()).toEqual([
      ["clv_min", "500"],
      ["limit", "100"],
      ["order", "desc"],
      ["risk_level", "HIGH"],
      ["segment", "Frequent, recent"],
      ["sort", "churn_probability"],
      ["value_tier", "Premium"],
    ]);
    await user.click(screen.getByRole("button", { name: "More customers" }));
    expect(await screen.findByText("C3")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Revenue at risk" }));
    await waitFor(() => expect(asked().at(-1)?.get("sort")).toBe("revenue_at_risk"));
    expect(asked().at(-1)?.get("cursor")).toBeNull();
  });

  it("is narrowed and widened by its filters", async () => {
    const user = userEvent.setup();
    const sent = served();
    draw(<Customers />, AT);
    const set = await screen.findByRole("group", { name: "Filters that are set" });
    await user.click(within(set).getByRole("button", { name: "Remove the filter Tier: Premium" }));
    await waitFor(() => {
      const last = sent.filter((one) => one.path === "/api/v1/customers").at(-1);
      expect(last?.query.has("value_tier")).toBe(false);
      expect(last?.query.get("clv_min")).toBe("500");
    });
    await user.click(within(set).getByRole("button", { name: "Remove all" }));
    await waitFor(() => expect(screen.queryByRole("group", { name: "Filters that are set" })).toBeNull());
  });

  it("is taken away whole, with its filters, by who may", async () => {
    served("exports.make");
    draw(<Customers />, "/customers?risk_level=HIGH&sort=clv");
    const link = await screen.findByRole("link", { name: "Export CSV" });
    expect(link.getAttribute("href")).toBe(
      "/api/v1/exports/customers?risk_level=HIGH&sort=clv&order=desc&format=csv",
    );
  });

  it("has no export for who may not", async () => {
    served();
    draw(<Customers />, "/customers");
    await screen.findByText("C1");
    expect(screen.queryByRole("link", { name: "Export CSV" })).toBeNull();
  });

  it("is that of a stage of the pipeline where one came from there", async () => {
    const sent = served();
    draw(<Customers />, "/customers?stage=retained&from=2026-01-01&to=2026-03-31&tier=Premium");
    expect(await screen.findByText("C9")).toBeTruthy();
    expect(screen.getByText("not known yet")).toBeTruthy();
    expect(screen.getByText(/of your own cases; the number in the pipeline is of all/)).toBeTruthy();
    const asked = sent.find((one) => one.path === "/api/v1/analytics/pipeline/customers")?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({
      stage: "retained",
      limit: "100",
      from: "2026-01-01",
      to: "2026-03-31",
      tier: "Premium",
    });
    expect(sent.some((one) => one.path === "/api/v1/customers")).toBe(false);
  });

  it("is that of the decisions behind a number of effectiveness, the erased without a name", async () => {
    const decision = {
      decision_id: "dec_1",
      customer_id: "C7",
      decided_at: "2026-01-06T00:00:00Z",
      incentive: "percentage_discount_15",
      cost: 40,
      judged_at: "2026-03-06T00:00:00Z",
      retained: true,
    };
    const sent = serving({
      "/api/v1/session": sessionWith("customers.read"),
      "/api/v1/analytics/campaigns/decisions": {
        run: "R",
        currency: "EUR",
        period: { first: "2026-01-01", last: "2026-03-31", days: 90, runs: 3 },
        outcome: "retained",
        total: 2,
        own_only: false,
        decisions: [decision, { ...decision, decision_id: "dec_2", customer_id: null }],
        next: null,
      },
    });
    draw(
      <Customers />,
      "/customers?decisions=retained&incentive=percentage_discount_15&from=2026-01-01&to=2026-03-31",
    );
    expect(await screen.findByRole("link", { name: "C7" })).toBeTruthy();
    expect(screen.getByText("erased")).toBeTruthy();
    expect(screen.getAllByText("Stayed 6 Mar 2026").length).toBe(2);
    const asked = sent.find((one) => one.path === "/api/v1/analytics/campaigns/decisions")?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({
      outcome: "retained",
      limit: "100",
      from: "2026-01-01",
      to: "2026-03-31",
      incentive: "percentage_discount_15",
    });
    expect(screen.getByRole("link", { name: "To campaign effectiveness" }).getAttribute("href")).toBe(
      "/effectiveness",
    );
  });

  it("says to whoever sees own customers alone that the number is of all", async () => {
    const found = { run: "R", period: { first: "2026-01-01", last: "2026-03-31", days: 90, runs: 3 } };
    serving({
      "/api/v1/session": sessionWith("customers.read"),
      "/api/v1/analytics/pipeline/customers": {
        ...found,
        stage: "at_risk",
        total: 0,
        own_only: true,
        customers: [],
        next: null,
      },
    });
    draw(<Customers />, "/customers?stage=at_risk");
    expect(await screen.findByText("Nobody of your own cases is in this stage")).toBeTruthy();
  });
});
