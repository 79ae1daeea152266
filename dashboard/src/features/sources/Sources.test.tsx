import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { draw, serving, sessionWith } from "@/testing/render";
import { Component } from "./Sources";
import { hoursWords } from "./words";

const COUNTS = { read: 1207, loaded: 1100, unchanged: 0, corrected: 90, quarantined: 10, left_out: 7 };
const SOURCES = {
  run: "CAMP_1",
  as_of: "2026-02-14T00:00:00Z",
  sources: [
    {
      source: "shop",
      table: "events",
      loads: 2,
      files: 1,
      loaded_at: "2026-02-13T05:00:00Z",
      rows: COUNTS,
      last: { ...COUNTS, read: 12, quarantined: 0 },
    },
  ],
  waiting: { outcomes: 3, events: 0 },
};
const QUALITY = {
  run: "CAMP_1",
  as_of: "2026-02-14T00:00:00Z",
  checks: [
    { check: "freshness", passed: true, words: "The newest row happened 24 hours before the run." },
    { check: "accepted", passed: null, words: "The last loads read no row." },
    { check: "customers_known", passed: false, words: "3 rows belong to customers whom nobody knows yet." },
  ],
  tables: [
    {
      table: "events",
      rows: 9,
      newest: "2026-02-10T00:00:00Z",
      learned: null,
      age_hours: 96,
      judged: "old",
    },
  ],
  set_aside: [
    { table: "events", reason: "orphan", rows: 7 },
    { table: "customers", reason: "bad_date", rows: 3 },
  ],
};
const ROW = {
  quarantine_id: "q_1",
  source: "shop",
  table: "events",
  file: "e.csv",
  row: 4,
  column: null,
  reason: "orphan",
  detail: "no such customer",
  quarantined_at: "2026-02-13T05:00:00Z",
};
const PAGE = "/api/v1/quality/quarantine";

function business(more: object = {}, ...permissions: string[]) {
  return serving({
    "/api/v1/session": sessionWith("sources.read", ...permissions),
    "/api/v1/sources": SOURCES,
    "/api/v1/quality": QUALITY,
    [PAGE]: { run: "CAMP_1", total: 7, rows: [ROW], next: null },
    "/api/v1/runs": { runs: [], next: null },
    ...more,
  });
}

describe("sources and quality", () => {
  it("tell each check as passed, failed, or not judged", async () => {
    business();
    draw(<Component />);
    expect(await screen.findByText("Passed")).toBeTruthy();
    expect(screen.getByText("Failed")).toBeTruthy();
    expect(screen.getByText("Not checked")).toBeTruthy();
    expect(screen.getByText("Stale")).toBeTruthy();
    expect(screen.getByText(/3 outcomes and 0 events/)).toBeTruthy();
  });

  it("open the rows behind a number of the matrix, and close them again", async () => {
    const sent = business();
    draw(<Component />);
    const cell = await screen.findByRole("button", { name: "7 rows of events: Customer not known yet" });
    await userEvent.click(cell);
    await waitFor(() => {
      const asked = sent.filter((one) => one.path === PAGE).at(-1)?.query;
      expect([asked?.get("table"), asked?.get("reason")]).toEqual(["events", "orphan"]);
    });
    expect(cell.getAttribute("aria-pressed")).toBe("true");
    await userEvent.click(cell);
    expect(cell.getAttribute("aria-pressed")).toBe("false");
  });

  it("list rows by the filters of the address, with the command that shows their values", async () => {
    const sent = business();
    draw(<Component />, "/?table=events&source=shop");
    const table = within(await screen.findByRole("group", { name: "Quarantined rows, one by one" }));
    expect(table.getByText("the whole row")).toBeTruthy();
    expect(table.getByRole("button", { name: "Copy command: retinue quarantine show q_1" })).toBeTruthy();
    const asked = sent.find((one) => one.path === PAGE)?.query;
    expect([asked?.get("table"), asked?.get("source"), asked?.has("reason")]).toEqual([
      "events",
      "shop",
      false,
    ]);
  });

  it("lead to a run while there is none", async () => {
    const nothing = () => Response.json({ detail: "No run.", status: 404 }, { status: 404 });
    business({ "/api/v1/quality": nothing, "/api/v1/sources": nothing }, "analytics.read");
    draw(<Component />);
    expect(await screen.findByText("retinue run")).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("show what fires, to whoever may see figures", async () => {
    const alerts = {
      alerts: [
        {
          alert: "quarantine",
          words: "6.2 % of the rows read were set aside.",
          do: "retinue quarantine list",
          severity: "ticket",
          value: 0.062,
          since: "2026-02-14T09:00:00Z",
        },
      ],
    };
    const sent = business({ "/api/v1/alerts": alerts });
    const first = draw(<Component />);
    await screen.findByText("Passed");
    expect(sent.some((one) => one.path === "/api/v1/alerts")).toBe(false);
    first.unmount();
    business({ "/api/v1/alerts": alerts }, "analytics.read");
    draw(<Component />);
    expect(await screen.findByText("6.2 % of the rows read were set aside.")).toBeTruthy();
  });
});

it("a run under way tells its stage, and the figures are asked anew when it ends", async () => {
  let running: object | null = {
    as_of: "2026-02-14T00:00:00Z",
    started_at: new Date().toISOString(),
    stage: "assess",
    share: 0.5,
    stages_done: ["ingest", "gate", "profiles", "training", "train"],
    heartbeat: new Date().toISOString(),
  };
  const sent = business({ "/api/v1/runs/current": () => ({ running }) }, "analytics.read");
  draw(<Component />);
  expect(await screen.findByText("Scoring every customer, 50 %")).toBeTruthy();
  const asked = () => sent.filter((one) => one.path === "/api/v1/quality").length;
  const before = asked();
  running = null;
  await waitFor(() => expect(screen.queryByText(/Scoring every customer/)).toBeNull(), { timeout: 4_000 });
  await waitFor(() => expect(asked()).toBeGreaterThan(before));
  expect(sent.find((one) => one.path === "/api/v1/runs/current")?.headers.get("X-Background")).toBe("1");
});

it("an age is told as a person says it", () => {
  expect([0.05, 1, 5, 96, 2352].map(hoursWords)).toEqual([
    "3 minutes",
    "1 hour",
    "5 hours",
    "4 days",
    "98 days",
  ]);
});
