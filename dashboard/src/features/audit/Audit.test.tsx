import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { draw, serving, sessionWith } from "@/testing/render";
import { Component } from "./Audit";
import { placeOf } from "./words";

const RECORD = {
  number: 7,
  at: "2026-02-14T09:00:00Z",
  actor: "ada",
  action: "campaign.approved",
  kind: "campaign",
  object: "CAMP_1",
  detail: { plan: "abc", customers: 12 },
  previous: "0".repeat(64),
  hash: "f".repeat(64),
};
const STATUS = { records: 7, head: "f".repeat(64), covered: 5, checkpoint_at: RECORD.at, key: "ab12" };
const RECORDS = "/api/v1/audit/records";

function trail(verdict: unknown) {
  return serving({
    "/api/v1/session": sessionWith("audit.read"),
    "/api/v1/audit/status": STATUS,
    [RECORDS]: { records: [RECORD], next: null },
    "POST /api/v1/audit/verify": verdict,
  });
}

const WHOLE = { whole: true, records: 7, head: "f", checkpoints: 3, covered: 5, breaks: [], more: 0 };

describe("the search", () => {
  it("asks by the filters of the address, times in UTC", async () => {
    const sent = trail(WHOLE);
    draw(<Component />, "/?actor=ada&kind=campaign&since=2026-02-01T08:30");
    await screen.findByRole("table");
    const asked = sent.filter((one) => one.path === RECORDS && one.query.has("kind"));
    expect(Object.fromEntries(asked[0]?.query ?? [])).toMatchObject({
      actor: "ada",
      kind: "campaign",
      since: "2026-02-01T08:30:00Z",
    });
  });

  it("asks nothing while somebody types: each search is a question of its own", async () => {
    const sent = trail(WHOLE);
    draw(<Component />);
    const who = await screen.findByLabelText("Who");
    fireEvent.change(who, { target: { value: "bo" } });
    fireEvent.change(who, { target: { value: "bob" } });
    expect(sent.some((one) => one.query.has("actor"))).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Search" }));
    await waitFor(() => expect(sent.some((one) => one.query.get("actor") === "bob")).toBe(true));
  });

  it("opens a record whole, by keyboard too, with the way to what it is about", async () => {
    trail(WHOLE);
    draw(<Component />);
    (await screen.findByRole("button", { name: "Campaign approved" })).focus();
    await userEvent.keyboard("{Enter}");
    expect(await screen.findByText("f".repeat(64))).toBeTruthy();
    expect(screen.getByRole("link", { name: "Campaign CAMP_1" }).getAttribute("href")).toBe(
      "/campaigns/CAMP_1",
    );
  });
});

describe("a record", () => {
  it("leads to the customer it names, also where it is about something else", () => {
    const named = { ...RECORD, kind: "request", object: "prv_1", detail: { customer_id: "C 1" } };
    expect(placeOf(named)?.path).toBe("/customers/C%201");
    expect(placeOf({ ...named, detail: {} })?.path).toBe("/privacy?request=prv_1");
    expect(placeOf({ ...named, kind: "settings", detail: {} })).toBeUndefined();
  });
});

describe("verifying", () => {
  it("says in words that the trail is whole", async () => {
    trail(WHOLE);
    draw(<Component />);
    await userEvent.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText("The audit log is intact")).toBeTruthy();
    expect(screen.getByText(/cover records up to 5/)).toBeTruthy();
  });

  it("names each break with its records", async () => {
    const broken = {
      ...WHOLE,
      whole: false,
      breaks: [{ kind: "edited", first: 2, last: 2, words: "Record 2 is not what was written." }],
      more: 1,
    };
    trail(broken);
    draw(<Component />);
    await userEvent.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText("The audit log is broken: 2 breaks")).toBeTruthy();
    expect(screen.getByText(/Edited, record 2:/)).toBeTruthy();
    expect(screen.getByText("Record 2 is not what was written.")).toBeTruthy();
  });

  it("tells what the service refuses in its words", async () => {
    trail(() =>
      Response.json({ detail: "The trail is being verified.", status: 409, fix: "Wait." }, { status: 409 }),
    );
    draw(<Component />);
    await userEvent.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText("The trail is being verified.")).toBeTruthy();
  });
});
