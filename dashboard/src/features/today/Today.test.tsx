import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { type Answers, draw, serving, sessionWith } from "@/testing/render";
import { Component as Today } from "./Today";

const SOON = new Date(Date.now() + 26 * 3_600_000).toISOString();
const LATE = new Date(Date.now() - 5 * 3_600_000).toISOString();
const END = new Date(Date.now() + 14 * 86_400_000).toISOString();
const OFFER = { id: "percentage_discount_15", type: "percentage_discount", value: 15, duration_months: 3 };

function caseOf(n: number, more: Partial<Schemas["WholeCase"]> = {}): Schemas["WholeCase"] {
  return {
    decision_id: `dec_${n}`,
    campaign_id: "CAMP_1",
    customer_id: `C${n}`,
    state: "waiting",
    urgent: n === 1,
    expected_cents: 100_000 - n * 100,
    cents: 15_000,
    offer: OFFER,
    assigned_to: null,
    snoozed_until: null,
    due_at: n === 1 ? LATE : SOON,
    expires_at: END,
    escalated: false,
    first_by: null,
    answered_by: null,
    answered_at: null,
    headline: `C${n}: 80 % to leave`,
    churn_probability: 0.8,
    clv: 4000,
    tier: "Premium",
    contest: false,
    case: {
      churn_probability: 0.8,
      risk_level: "HIGH",
      clv: 4000,
      tier: "Premium",
      rule: "high_value",
      rule_words: "A customer of this value is decided on by a person.",
      reasons: ["active days in the last 30 days: 1 (typical 6), raises the risk"],
      alternatives: [
        { ...OFFER, cents: 15_000, expected_cents: 99_900, excluded: null },
        {
          id: "fixed_credit",
          type: "fixed_credit",
          value: 25,
          duration_months: null,
          cents: 2_500,
          expected_cents: 40_000,
          excluded: null,
        },
        {
          id: "free_upgrade",
          type: "free_upgrade",
          value: 0,
          duration_months: 3,
          cents: 9_000,
          expected_cents: 50_000,
          excluded: "No channel carries it out.",
        },
      ],
    },
    words: [],
    code: "",
    asked_at: LATE,
    steps: [],
    ...more,
  };
}

const COUNTS: Schemas["QueueCount"] = {
  as_of: SOON,
  currency: "EUR",
  waiting: 3,
  offers: 3,
  urgent: 1,
  overdue: 1,
  due_today: 0,
  escalated: 0,
  mine: 0,
  nobodys: 3,
  second_approval: 0,
  snoozed: 0,
  expected_cents: 299_400,
  cents: 45_000,
  campaigns: [{ campaign_id: "CAMP_1", waiting: 3 }],
  people: ["ada", "bob"],
};

const done = (n: number, more: Partial<Schemas["Answered"]> = {}): Schemas["Answered"] => ({
  decision_id: `dec_${n}`,
  state: "approved",
  offer: OFFER,
  cents: 15_000,
  assigned_to: null,
  snoozed_until: null,
  first_by: null,
  ...more,
});

function served(cases: Schemas["WholeCase"][], more: Answers = {}, ...permissions: string[]) {
  const may = permissions.length === 0 ? ["reviews.read", "reviews.answer"] : permissions;
  return serving({
    "/api/v1/session": sessionWith(...may),
    "/api/v1/reviews": { reviews: cases, next: null },
    "/api/v1/counts/reviews": COUNTS,
    "/api/v1/analytics/dashboard": {
      run: "CAMP_1",
      as_of: LATE,
      at_risk_pipeline: { tiers: [], segments: [] },
    },
    "/api/v1/campaigns": { campaigns: [], next: null },
    ...Object.fromEntries(cases.map((one) => [`/api/v1/reviews/${one.decision_id}`, one])),
    ...more,
  });
}

const THREE = [caseOf(1), caseOf(2), caseOf(3)];
/** The id of the case that is open, once its answers are there. */
const open = async (id: string) => {
  const shown = await screen.findByRole("article", { name: "The chosen case" });
  await within(shown).findByRole("link", { name: id });
  return shown;
};

beforeEach(() => {
  // The app shows cases beside the list only where there is room.
  globalThis.matchMedia = ((query: string) => ({
    matches: true,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })) as unknown as typeof globalThis.matchMedia;
  globalThis.localStorage.clear();
  // jsdom lays nothing out: in a frame of no height no row would be drawn.
  for (const [name, value] of Object.entries({ clientHeight: 800, clientWidth: 400, offsetHeight: 86 })) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value });
  }
});

describe("the queue by keyboard", () => {
  it("moves with j and k, approves with a and Enter, and goes on to the next case at once", async () => {
    const user = userEvent.setup();
    const sent = served(THREE, { "POST /api/v1/reviews/dec_2/approve": done(2) });
    draw(<Today />);
    await screen.findAllByText("C1");
    await open("C1");
    await user.keyboard("j");
    await open("C2");
    await user.keyboard("k");
    await open("C1");
    await user.keyboard("{ArrowDown}");
    await open("C2");
    await user.keyboard("a");
    const asked = await screen.findByRole("dialog", { name: "Approve the offer to C2?" });
    expect(sent.some((one) => one.method === "POST")).toBe(false);
    await waitFor(() =>
      expect(within(asked).getByRole("button", { name: "Approve" })).toBe(document.activeElement),
    );
    await user.keyboard("{Enter}");
    await open("C3");
    await waitFor(() =>
      expect(sent.filter((one) => one.method === "POST").map((one) => one.path)).toEqual([
        "/api/v1/reviews/dec_2/approve",
      ]),
    );
    expect(screen.queryByText("C2")).toBeNull();
    expect(sent.find((one) => one.method === "POST")?.headers.get("idempotency-key")).toBeTruthy();
    // The focus goes with the chosen case, by key and after an answer.
    await waitFor(() => expect(document.activeElement?.getAttribute("data-decision")).toBe("dec_3"));
  });

  it("does nothing while somebody types, and after it was switched off", async () => {
    const user = userEvent.setup();
    served(THREE);
    draw(<Today />);
    await open("C1");
    await user.keyboard("?");
    await user.click(await screen.findByRole("switch", { name: /Shortcuts are on/ }));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.keyboard("j");
    await open("C1");
    expect(globalThis.localStorage.getItem("retinue.queue-keys")).toBe("off");
  });

  it("opens the explanation with e where one may see it", async () => {
    const user = userEvent.setup();
    served(
      THREE,
      {
        "/api/v1/customers/C1/explanation": {
          causes: [
            {
              feature: "visits",
              value: 1,
              contribution: 1.5,
              text: "visits: 1 (typical 6), raises the risk",
            },
            { feature: "(base)", value: null, contribution: -2, text: "the average customer's score" },
          ],
          candidates: [
            {
              id: "fixed_credit",
              cost: 25,
              net: 400,
              removed_by: "not_smallest",
              why: "a cheaper offer is as good",
            },
          ],
        },
      },
      "reviews.read",
      "reviews.answer",
      "customers.explain",
    );
    draw(<Today />);
    await open("C1");
    await user.keyboard("e");
    expect(await screen.findByText("A cheaper offer is as good")).toBeTruthy();
    await user.keyboard("e");
    await waitFor(() => expect(screen.queryByText("A cheaper offer is as good")).toBeNull());
  });
});

describe("a rejection", () => {
  it("needs a reason, and words where the reason is another", async () => {
    const user = userEvent.setup();
    const sent = served(THREE, { "POST /api/v1/reviews/dec_1/reject": done(1, { state: "rejected" }) });
    draw(<Today />);
    await open("C1");
    await user.keyboard("r");
    const asked = await screen.findByRole("dialog", { name: "Reject the offer to C1?" });
    const button = within(asked).getByRole("button", { name: "Reject" });
    expect(button.hasAttribute("disabled")).toBe(true);
    await user.click(within(asked).getByLabelText("Another reason, in words"));
    expect(button.hasAttribute("disabled")).toBe(true);
    await user.type(within(asked).getByLabelText(/The reason/), "moves abroad");
    await user.click(button);
    await waitFor(() =>
      expect(sent.find((one) => one.method === "POST")?.body).toEqual({
        code: "other",
        reason: "moves abroad",
      }),
    );
  });
});

describe("an answer that is refused", () => {
  it("brings the case back", async () => {
    const user = userEvent.setup();
    served(THREE, {
      "POST /api/v1/reviews/dec_1/approve": () =>
        Response.json(
          {
            title: "Refused",
            status: 403,
            detail: "ada (csm) may approve up to 100.00, this costs 150.00.",
            code: "RTN-0150",
          },
          { status: 403 },
        ),
    });
    draw(<Today />);
    await open("C1");
    await user.keyboard("a");
    await screen.findByRole("dialog");
    await user.keyboard("{Enter}");
    await open("C1");
    expect(await screen.findByText("C2")).toBeTruthy();
  });
});

describe("many at once", () => {
  it("are chosen with x, answered together, and the result of each is told", async () => {
    const user = userEvent.setup();
    const sent = served(THREE, {
      "POST /api/v1/reviews/bulk": {
        results: { dec_1: { state: "rejected" }, dec_2: { refused: "The case is closed: expired." } },
      },
    });
    draw(<Today />);
    await open("C1");
    await user.keyboard("xjx");
    const bar = await screen.findByRole("toolbar", { name: "Answer the chosen cases" });
    expect(within(bar).getByText(/2 selected/)).toBeTruthy();
    await user.click(within(bar).getByRole("button", { name: "Reject" }));
    const asked = await screen.findByRole("dialog", { name: "Reject 2 offers?" });
    const button = within(asked).getByRole("button", { name: "Reject them" });
    expect(button.hasAttribute("disabled")).toBe(true);
    await user.click(within(asked).getByLabelText("It is the wrong moment"));
    await user.click(button);
    const told = await screen.findByRole("dialog", { name: "Results" });
    expect(within(told).getByText("1 rejected")).toBeTruthy();
    expect(within(told).getByText(/The case is closed: expired/)).toBeTruthy();
    expect(sent.find((one) => one.method === "POST")?.body).toEqual({
      decisions: ["dec_1", "dec_2"],
      answer: "reject",
      code: "not_now",
      reason: "",
    });
    await user.click(within(told).getByRole("button", { name: "Done" }));
    expect(screen.queryAllByText("C1")).toHaveLength(0);
    expect(screen.getAllByText("C2").length).toBeGreaterThan(0);
  });
});

describe("what one may", () => {
  it("is all that is shown: who may only look finds no button, and no key answers", async () => {
    const user = userEvent.setup();
    served(THREE, {}, "reviews.read");
    draw(<Today />);
    const shown = await open("C1");
    expect(within(shown).queryByRole("button", { name: /Approve/ })).toBeNull();
    expect(screen.queryByRole("checkbox", { name: /Choose the case/ })).toBeNull();
    await user.keyboard("a");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(within(shown).getByText("Your role may look at cases, not answer them.")).toBeTruthy();
  });

  it("keeps an offer that is not possible from being chosen", async () => {
    const user = userEvent.setup();
    const sent = served(THREE, { "POST /api/v1/reviews/dec_1/change": done(1, { state: "waiting" }) });
    draw(<Today />);
    await open("C1");
    await user.keyboard("c");
    const asked = await screen.findByRole("dialog", { name: "Change the offer to C1" });
    expect(within(asked).getByLabelText("Free upgrade for 3 months").hasAttribute("disabled")).toBe(true);
    await user.click(within(asked).getByLabelText("Credit of €25.00"));
    await user.click(within(asked).getByRole("button", { name: "Propose this instead" }));
    await waitFor(() =>
      expect(sent.find((one) => one.method === "POST")?.body).toEqual({ offer: "fixed_credit", reason: "" }),
    );
  });
});

describe("nothing waits", () => {
  it("and there is a next step", async () => {
    served([], {}, "reviews.read", "campaigns.read");
    draw(<Today />);
    expect(await screen.findByText("Nothing to review")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Go to campaigns" })).toBeTruthy();
  });

  it("because of the filters: they can be taken away", async () => {
    const user = userEvent.setup();
    const sent = served([]);
    draw(<Today />, "/?mine=yes&campaign=CAMP_1");
    await user.click(await screen.findByRole("button", { name: "Show all waiting cases" }));
    expect(await screen.findByText("Nothing to review")).toBeTruthy();
    const asked = sent.filter((one) => one.path === "/api/v1/reviews");
    expect(asked.at(0)?.query.get("campaign_id")).toBe("CAMP_1");
    expect(asked.at(-1)?.query.get("campaign_id")).toBeNull();
  });
});
