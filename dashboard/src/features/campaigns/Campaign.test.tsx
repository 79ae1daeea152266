import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { beforeEach, describe, expect, test } from "vitest";
import { draw, type Sent, serving, sessionWith } from "@/testing/render";
import { Component as Campaign } from "./Campaign";
import { actsOf, nextOf, STATES, stepOf } from "./life";

const SHA = "4a3289a87470".padEnd(64, "0");
const ID = "CAMP_2026_01_01_001";
const HERE = `/api/v1/campaigns/${ID}`;

function campaign(more: object = {}) {
  return {
    campaign_id: ID,
    state: "planned",
    as_of: "2026-01-01T00:00:00Z",
    plan_sha256: SHA,
    approved_by: null,
    deliveries: {},
    customers: 175,
    offers: 36,
    expected_net: 6094.62,
    planned_cost: 1560.46,
    run_id: "ad7df8780ef9aa3bba0b",
    currency: "EUR",
    target_customers: 175,
    total_expected_roi: 6094.62,
    delivery: "live",
    actions: { auto_execute: 33, monitor: 121 },
    offers_by_incentive: { percentage_discount_15: 35 },
    held_out: 15,
    budget: null,
    totals: {
      customers: 36,
      automatic: 30,
      for_review: 2,
      excluded: 4,
      cents: 115540,
      automatic_cents: 71996,
    },
    moves: [],
    ...more,
  };
}

const PREVIEW = {
  campaign_id: ID,
  plan_sha256: SHA,
  counts: { send: 1, not: 1 },
  cents: 2000,
  actions: [
    {
      decision_id: "dec_1",
      customer_id: "C1",
      incentive_id: "percentage_discount_15",
      cents: 2000,
      channels: ["email"],
      what: "send",
      why: "",
    },
    {
      decision_id: "dec_2",
      customer_id: "C2",
      incentive_id: "fixed_credit",
      cents: 2500,
      channels: ["email"],
      what: "not",
      why: "The address is suppressed.",
    },
  ],
};

const PLAN = {
  campaign_id: ID,
  plan_sha256: SHA,
  mode: "live",
  currency: "EUR",
  totals: {},
  actions: [
    { decision_id: "dec_1", excluded: null },
    { decision_id: "dec_2", excluded: null },
  ],
};

const ALL = ["campaigns.read", "campaigns.plan", "campaigns.approve", "campaigns.run"];

function serve(answers: object, permissions = ALL): Sent[] {
  return serving({
    "/api/v1/session": sessionWith(...permissions),
    "/api/v1/stops": { stopped: false, switches: [] },
    [HERE]: campaign(),
    [`${HERE}/preview`]: PREVIEW,
    [`${HERE}/plan`]: PLAN,
    ...answers,
  });
}

function show(tab = "") {
  return draw(
    <Routes>
      <Route path="/campaigns/:campaignId" element={<Campaign />} />
    </Routes>,
    `/campaigns/${ID}${tab && `?tab=${tab}`}`,
  );
}

beforeEach(() => globalThis.sessionStorage.clear());

describe("the life of a campaign", () => {
  test.each([
    ["listed", ["plan"]],
    ["planned", ["look", "approve", "plan", "stop"]],
    ["approved", ["start", "look", "plan", "stop"]],
    ["running", ["pause", "stop"]],
    ["paused", ["resume", "stop"]],
    ["finished", []],
    ["stopped", []],
  ] as const)("%s allows %j to who may all, and no act to who may only look", (state, acts) => {
    expect(actsOf(state, () => true)).toEqual(acts);
    const looking = actsOf(state, (permission) => permission === "campaigns.read");
    expect(looking).toEqual(acts.filter((act) => act === "look"));
  });

  test("the next act is always one that the state allows", () => {
    for (const state of STATES) {
      for (const seen of [true, false]) {
        const next = nextOf(state, seen);
        if (next !== undefined) expect(actsOf(state, () => true)).toContain(next);
      }
    }
    expect([nextOf("planned", false), nextOf("planned", true)]).toEqual(["look", "approve"]);
    expect([stepOf("listed", false), stepOf("planned", true), stepOf("stopped", false)]).toEqual([0, 2, 6]);
  });
});

test("who may only look sees where it is, and no button that acts", async () => {
  serve({}, ["campaigns.read"]);
  show();
  expect(await screen.findByText(/Check the dry run, then approve/)).toBeTruthy();
  const steps = within(screen.getByRole("list", { name: "The way of this campaign" }));
  expect(steps.getByText("Dry run").getAttribute("aria-current")).toBe("step");
  for (const name of [/approve/i, /stop/i, /plan again/i]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
});

test("the dry run leads to the approval, which names the plan that was seen by its hash", async () => {
  const sent = serve({
    [`POST ${HERE}/approve`]: { campaign_id: ID, state: "approved", plan_sha256: SHA, approved_by: "ada" },
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "See the dry run" }));
  expect(await screen.findByText(/nothing was sent/i, { selector: ".mantine-Alert-label" })).toBeTruthy();
  expect(await screen.findByText(/1 customer in the plan would get nothing now/)).toBeTruthy();
  await waitFor(() => expect(screen.getByText("Approve").getAttribute("aria-current")).toBe("step"));
  await userEvent.click(screen.getByRole("button", { name: "Approve this plan" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText("4a3289a87470")).toBeTruthy();
  await userEvent.type(dialog.getByRole("textbox"), "prices checked");
  await userEvent.click(dialog.getByRole("button", { name: "Approve this plan" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const approval = sent.find((one) => one.path === `${HERE}/approve`);
  expect(approval?.headers.get("If-Match")).toBe(`"${SHA}"`);
  expect(approval?.body).toEqual({ reason: "prices checked" });
});

test("a plan that was made anew is refused in the service's words, and the dialog says what to do", async () => {
  serve({
    [`POST ${HERE}/approve`]: () =>
      Response.json(
        {
          status: 412,
          detail: "The plan is another one than If-Match names.",
          fix: "Look at the plan again, then approve what you saw.",
          code: "RTN-0150",
        },
        { status: 412 },
      ),
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Approve this plan" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText("You have not looked at its dry run")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Approve this plan" }));
  expect(await dialog.findByText("The plan is another one than If-Match names.")).toBeTruthy();
  expect(dialog.getByText("What you saw is not what is there now")).toBeTruthy();
});

test("stopping asks why, and says what it cannot call back", async () => {
  const sent = serve({
    [HERE]: campaign({ state: "running", deliveries: { sent: 3, queued: 5, unknown: 1 } }),
    [`POST ${HERE}/stop`]: { campaign_id: ID, state: "stopped", plan_sha256: SHA, approved_by: "ada" },
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Stop permanently" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/6 of 9 deliveries are open/)).toBeTruthy();
  expect(dialog.getByText(/What was sent stays sent \(3\)/)).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Stop permanently" }));
  expect(dialog.getByText("Say why.")).toBeTruthy();
  expect(sent.some((one) => one.path === `${HERE}/stop`)).toBe(false);
  await userEvent.type(dialog.getByRole("textbox"), "wrong prices");
  await userEvent.click(dialog.getByRole("button", { name: "Stop permanently" }));
  await waitFor(() =>
    expect(sent.find((one) => one.path === `${HERE}/stop`)?.body).toEqual({ reason: "wrong prices" }),
  );
});

test("a plan that was stopped took none of the steps that would have come", async () => {
  const moves = [
    {
      state: "stopped",
      before: "planned",
      plan_sha256: SHA,
      who: "ada",
      reason: "",
      at: "2026-01-01T09:00:00Z",
    },
  ];
  serve({ [HERE]: campaign({ state: "stopped", moves }) });
  show();
  const steps = within(await screen.findByRole("list", { name: "The way of this campaign" }));
  expect(steps.getAllByText("(done)", { exact: false })).toHaveLength(1);
  expect(steps.getByText("Stopped")).toBeTruthy();
});

test("with delivery off it cannot be started, and the page says why", async () => {
  serve({ [HERE]: campaign({ state: "approved", delivery: "off" }) });
  show();
  expect(await screen.findByText("Delivery is off")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Start" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a delivery of which nobody knows is settled with a reason", async () => {
  const delivery = {
    delivery_id: "dlv_1",
    decision_id: "dec_1",
    campaign_id: ID,
    customer_id: "C1",
    channel: "email",
    kind: "message",
    state: "unknown",
    reason: "no answer",
    planned_cents: 2000,
    cost_cents: null,
    due_at: "2026-01-01T09:00:00Z",
    expires_at: "2026-01-04T09:00:00Z",
    tries: 1,
    reference: null,
    changed_at: "2026-01-01T09:00:00Z",
  };
  const whole = {
    ...delivery,
    steps: [{ state: "unknown", at: "2026-01-01T09:00:00Z", reason: "no answer" }],
  };
  const sent = serve({
    [HERE]: campaign({ state: "running", deliveries: { unknown: 1 } }),
    "/api/v1/deliveries": { deliveries: [delivery], next: null },
    "/api/v1/deliveries/dlv_1": whole,
    "POST /api/v1/deliveries/dlv_1/settle": { ...whole, state: "sent" },
  });
  show("deliveries");
  await userEvent.click(await screen.findByRole("button", { name: "Settle the delivery to C1" }));
  await userEvent.click(await screen.findByRole("button", { name: "It was sent" }));
  await userEvent.type(await screen.findByLabelText(/Where did you look/), "the provider's log");
  await userEvent.click(screen.getByRole("button", { name: "Yes, it was sent" }));
  await waitFor(() =>
    expect(sent.find((one) => one.path.endsWith("/settle"))?.body).toEqual({
      state: "sent",
      reason: "the provider's log",
    }),
  );
});
