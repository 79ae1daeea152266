import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { type Answers, draw, serving, sessionWith } from "@/testing/render";
import { Component as Customer } from "./Customer";
import { consents, type Entry, risks } from "./entries";

const AS_OF = "2026-01-01T00:00:00Z";

const PROFILE: Schemas["Profile"] = {
  customer_id: "C1",
  churn_probability: 0.9,
  risk_level: "CRITICAL",
  time_to_churn_days: 19,
  clv: 6200,
  clv_low: 5000,
  clv_high: 8000,
  revenue_at_risk: 5580,
  mrr: null,
  p_alive: 0.8,
  value_tier: "Enterprise",
  segment: "Loyal",
  rfm_segment: null,
  decision_id: "dec_1",
  action_type: "manual_review",
  urgency: "HIGH",
  incentive_id: "percentage_discount_15",
  expected_roi: 640,
  priority_score: 800,
  cost: 158,
  held_out: false,
  run: "R",
  as_of: AS_OF,
  currency: "EUR",
  decision: {
    rule: "high_value",
    rule_words: "A customer of this value is decided on by a person.",
    recommended_incentive: { type: "percentage_discount", value: 15, duration_months: 3 },
    retention_lift: 0.16,
    confidence: 0.65,
    reasons: ["visits: 1 (typical 6), raises the risk"],
  },
};

function entry(kind: Entry["kind"], at: string, more: Partial<Entry> = {}): Entry {
  return {
    at,
    kind,
    what: "said",
    campaign_id: null,
    decision_id: null,
    delivery_id: null,
    channel: null,
    detail: {},
    ...more,
  };
}

function served(answers: Answers, ...permissions: string[]) {
  return serving({
    "/api/v1/session": sessionWith("customers.read", ...permissions),
    "/api/v1/customers/C1": PROFILE,
    "/api/v1/customers/C1/timeline": { customer_id: "C1", entries: [], next: null },
    ...answers,
  });
}

const show = () =>
  draw(
    <Routes>
      <Route path="/customers/:customerId" element={<Customer />} />
    </Routes>,
    "/customers/C1",
  );

describe("a customer", () => {
  it("is shown with value and its interval, the decision, and what checks it", async () => {
    served(
      {
        "/api/v1/customers/C1/explanation": {
          causes: [
            {
              feature: "visits",
              value: 1,
              contribution: 1.2,
              text: "visits: 1 (typical 6), raises the risk",
            },
          ],
          candidates: [
            { id: "none", cost: 0, net: 0, removed_by: "offer_made", why: "an offer was made instead" },
            { id: "percentage_discount_15", cost: 158, net: 640, removed_by: "", why: "the offer made" },
          ],
        },
      },
      "customers.explain",
      "privacy.handle",
    );
    show();
    expect(await screen.findByText("€5,000 to €8,000 (80 % interval)")).toBeTruthy();
    expect(screen.getByText("15 % discount for 3 months")).toBeTruthy();
    expect(await screen.findByText("1, typical 6")).toBeTruthy();
    expect(screen.getByText("An offer was made instead")).toBeTruthy();
    expect(screen.getByText("retinue replay dec_1")).toBeTruthy();
    const links = (name: string) => screen.getByRole("link", { name }).getAttribute("href");
    expect(links("Receipt (JSON)")).toBe("/api/v1/customers/C1/receipt");
    expect(links("Letter to the customer")).toBe("/api/v1/privacy/letters/dec_1");
  });

  it("keeps from who may not: no weights are asked for, no receipt, no letter, no deliveries", async () => {
    const sent = served({});
    show();
    expect(await screen.findByText("Visits: 1, typical 6")).toBeTruthy();
    expect(screen.queryByRole("link", { name: "Receipt (JSON)" })).toBeNull();
    expect(screen.queryByRole("link", { name: "Letter to the customer" })).toBeNull();
    const paths = sent.map((one) => one.path);
    for (const part of ["explanation", "counterfactual", "deliveries"]) {
      expect(paths.some((path) => path.includes(part))).toBe(false);
    }
  });

  it.each([
    ["The customer had left by then.", "This customer has left"],
    ["The customer had been there too short a time to be judged.", "Too new to score"],
    ["The customer objected to being profiled.", "This customer objected to being profiled"],
    ["No customer of that id is known to the run.", "No active customer has this ID"],
  ])("who is not scored is told why: %s", async (detail, title) => {
    served({
      "/api/v1/customers/C1": () => Response.json({ detail, status: 404, code: "RTN-0600" }, { status: 404 }),
    });
    show();
    expect(await screen.findByText(title)).toBeTruthy();
    expect(await screen.findByText(/No entries yet/)).toBeTruthy();
  });

  it("has a timeline of some kinds alone", async () => {
    const user = userEvent.setup();
    const sent = served({});
    show();
    await user.click(await screen.findByRole("checkbox", { name: "Deliveries" }));
    expect(await screen.findByText("No entries of this kind.")).toBeTruthy();
    const last = sent.filter((one) => one.path.endsWith("/timeline")).at(-1);
    expect(last?.query.getAll("kind")).toEqual(["delivery", "response"]);
  });
});

describe("what the timeline comes to", () => {
  it("the last word on consent counts", () => {
    const word = (at: string, granted: boolean) =>
      entry("consent", at, { channel: "email", detail: { purpose: "marketing", granted } });
    expect(consents([word("2026-02-01T00:00:00Z", false), word("2025-01-01T00:00:00Z", true)])).toEqual([
      { channel: "email", purpose: "marketing", granted: false, since: "2026-02-01T00:00:00Z" },
    ]);
  });

  it("of two runs as of one time the later counts", () => {
    const run = (at: string, risk: number) =>
      entry("assessed", at, { what: "HIGH", detail: { churn_probability: risk } });
    const found = risks([run("2026-02-01T00:00:00Z", 0.5), run(AS_OF, 0.4), run(AS_OF, 0.3)]);
    expect(found.map((one) => one.risk)).toEqual([0.4, 0.5]);
  });
});
