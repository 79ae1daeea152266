import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { draw, type Sent, serving, sessionWith } from "@/testing/render";
import { Component as Rules } from "./Rules";
import { DOCUMENT } from "./testing";

const LIVE = { title: "version 2 of the rules", number: 2, sha256: "a".repeat(64), document: DOCUMENT };
const EXAMPLE = { name: "Rich", given: { clv: 9000 }, expect: { rule: "high_value" } };
const CELL = "Routing, row 1, Customer value";
const FACTS = {
  facts: [
    {
      name: "clv",
      kind: "number",
      of: "customer",
      words: "value given that they stay",
      least: null,
      most: null,
      always_known: true,
      values: null,
    },
  ],
  outputs: [
    {
      name: "route",
      words: "where it goes",
      values: ["auto_execute", "manual_review", "monitor", "no_action"],
    },
    { name: "rule", words: "its name", values: null },
  ],
};
const SIDE = {
  decided: 100,
  offered: 30,
  by_rule: {},
  by_incentive: {},
  planned_cost: 100,
  expected_net: 900,
};
const TRIAL = {
  run: "CAMP_1",
  as_of: "2026-01-01T00:00:00Z",
  currency: "EUR",
  now: "version 2 of the rules",
  differences: [],
  decided: 100,
  moved: 6,
  moves: [],
  urgency: 0,
  priority: 0,
  cost: 0,
  expected_net: 0,
  was: { ...SIDE, by_route: { auto_execute: 30, monitor: 70 } },
  new: { ...SIDE, by_route: { auto_execute: 24, manual_review: 6, monitor: 70 } },
  customers: [
    {
      customer_id: "C7",
      churn_probability: 0.9,
      clv: 4000,
      was_route: "auto_execute",
      was_rule: "low_value",
      was_incentive: "fixed_credit",
      new_route: "manual_review",
      new_rule: "high_value",
      new_incentive: "fixed_credit",
      cost: 0,
      expected_net: 0,
      why: "A person decides.",
    },
  ],
};

/** The check as the service makes it, of one cell: thousands have no separator. */
async function check(request: Request) {
  const { document, examples } = await request.json();
  const cell: string = document.nodes[1].content.rules[0].clv;
  const wrong = cell.includes(",");
  return {
    sound: !wrong,
    sha256: "b".repeat(64),
    mistakes: wrong
      ? [
          {
            level: "error",
            where: "Routing, row 1, column Customer value",
            what: "a comma separates values",
            fix: "write > 2000",
          },
        ]
      : [],
    examples: wrong
      ? []
      : examples.map((one: { name: string }) => ({
          name: one.name,
          rule: "high_value",
          holds: true,
          wrong: {},
        })),
    differences: wrong
      ? null
      : cell === "> 5000"
        ? []
        : [`Routing: row 1 'high_value': clv was > 5000, is ${cell}`],
  };
}

function serve(answers: object = {}, permissions = ["rules.read", "rules.change"]): Sent[] {
  return serving({
    "/api/v1/session": sessionWith(...permissions),
    "/api/v1/rules/live": LIVE,
    "/api/v1/rules/live/examples": { examples: [EXAMPLE] },
    "/api/v1/rules/facts": FACTS,
    "/api/v1/runs": {
      runs: [
        { campaign_id: "CAMP_1", run_id: "r", as_of: "2026-01-01T00:00:00Z", finished_at: null, summary: {} },
      ],
      next: null,
    },
    "POST /api/v1/rules/check": check,
    "POST /api/v1/rules/try": TRIAL,
    ...answers,
  });
}

/** All at once: key by key the whole editor would be drawn for each. */
function put(cell: HTMLElement, value: string) {
  fireEvent.change(cell, { target: { value } });
}

async function edit(text: string) {
  await userEvent.click(await screen.findByRole("button", { name: /edit rules|change/i }));
  put(await screen.findByLabelText(CELL), text);
}

beforeEach(() => globalThis.sessionStorage.clear());

test("rules are read in words", async () => {
  serve();
  draw(<Rules />, "/rules");
  const table = within(await screen.findByRole("region", { name: "Rows of Routing" }));
  expect(table.getByText("more than 5000")).toBeTruthy();
  expect(table.getByText("Needs review")).toBeTruthy();
  expect(table.getByText("Everybody else")).toBeTruthy();
});

test("a mistake is shown at its cell as one types, and keeps the rules from being put in force", async () => {
  serve();
  draw(<Rules />, "/rules");
  await edit("> 2,000");
  expect(await screen.findByText("a comma separates values: write > 2000")).toBeTruthy();
  expect(screen.getByLabelText(CELL).getAttribute("aria-invalid")).toBe("true");
  expect((screen.getByRole("button", { name: "Put in force" }) as HTMLButtonElement).disabled).toBe(true);
  expect((screen.getByRole("button", { name: "Try it" }) as HTMLButtonElement).disabled).toBe(true);
  put(screen.getByLabelText(CELL), "> 2000");
  expect(await screen.findByText(/clv was > 5000, is > 2000/)).toBeTruthy();
  expect(screen.getByLabelText(CELL).getAttribute("aria-invalid")).not.toBe("true");
});

test("what is put in force was tried, names what it replaces, and says why", async () => {
  const sent = serve({
    "POST /api/v1/rules": {
      number: 3,
      state: "live",
      in_force: true,
      since: "2026-01-02",
      who: "ada",
      reason: "x",
      sha256: "b".repeat(64),
      recorded_at: "2026-01-02T09:00:00Z",
    },
  });
  draw(<Rules />, "/rules");
  await edit("> 2000");
  expect(await screen.findByText("Try it on a run first.")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Put in force" }) as HTMLButtonElement).disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Try it" }));
  expect(await screen.findByText("6.0 % of those decided on")).toBeTruthy();
  expect(screen.getByRole("link", { name: "C7" }).getAttribute("href")).toBe("/customers/C7");
  await userEvent.click(screen.getByRole("button", { name: "Put in force" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Put in force" }));
  expect(dialog.getByText("Say why.")).toBeTruthy();
  await userEvent.type(dialog.getByRole("textbox"), "sales asked");
  await userEvent.click(dialog.getByRole("button", { name: "Put in force" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const kept = sent.find((one) => one.method === "POST" && one.path === "/api/v1/rules");
  expect(kept?.headers.get("If-Match")).toBe(`"${LIVE.sha256}"`);
  expect(kept?.body).toMatchObject({ state: "live", reason: "sales asked", examples: [EXAMPLE] });
  expect(globalThis.sessionStorage.getItem("retinue.rules-draft")).toBeNull();
});

test("a change after the trial asks for another trial", async () => {
  serve();
  draw(<Rules />, "/rules");
  await edit("> 2000");
  await screen.findByText("Try it on a run first.");
  await userEvent.click(screen.getByRole("button", { name: "Try it" }));
  await waitFor(() => expect(screen.queryByText("Try it on a run first.")).toBeNull());
  put(screen.getByLabelText(CELL), "> 3000");
  expect(await screen.findByText("Rules changed since this dry run")).toBeTruthy();
  expect(await screen.findByText("Try it on a run first.")).toBeTruthy();
});

test("a reload loses nothing, and a link asks before it leads away", async () => {
  serve();
  const first = draw(<Rules />, "/rules");
  await edit("> 2000");
  await waitFor(() => expect(globalThis.sessionStorage.getItem("retinue.rules-draft")).toContain("> 2000"));
  first.unmount();
  draw(
    <>
      <a href="/campaigns">Campaigns</a>
      <Rules />
    </>,
    "/rules?edit=1",
  );
  expect(((await screen.findByLabelText(CELL)) as HTMLInputElement).value).toBe("> 2000");
  await userEvent.click(screen.getByRole("link", { name: "Campaigns" }));
  expect(await screen.findByText("Leave with changes that are not in force?")).toBeTruthy();
});

test("who may only read tries changes and puts nothing in force", async () => {
  serve({}, ["rules.read"]);
  draw(<Rules />, "/rules");
  await userEvent.click(await screen.findByRole("button", { name: "Try a change" }));
  expect(await screen.findByText(/An administrator puts rules in force/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Put in force" })).toBeNull();
});
