import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { draw, serving, sessionWith } from "@/testing/render";
import { Component } from "./Privacy";

const DAY = 86_400_000;
const PATH = "/api/v1/privacy/requests";

function request(id: string, more: object = {}) {
  return {
    request_id: id,
    kind: "access",
    customer_id: "C1",
    subject: null,
    state: "open",
    received_at: new Date(Date.now() - 20 * DAY).toISOString(),
    due_at: new Date(Date.now() + 10 * DAY).toISOString(),
    near_due: false,
    received_by: "dana",
    handled_by: null,
    closed_at: null,
    result_sha256: null,
    detail: {},
    ...more,
  };
}

function desk(requests: object[], ...permissions: string[]) {
  return serving({
    "/api/v1/session": sessionWith("privacy.handle", ...permissions),
    [PATH]: { requests },
    ...Object.fromEntries(
      requests.map((one) => [`${PATH}/${(one as { request_id: string }).request_id}`, one]),
    ),
    [`POST ${PATH}`]: () => Response.json(request("prv_new", { kind: "erasure" }), { status: 201 }),
    [`${PATH}/prv_new`]: request("prv_new", { kind: "erasure" }),
  });
}

/** Faster than key by key. */
function put(field: HTMLElement, text: string) {
  fireEvent.change(field, { target: { value: text } });
}

describe("an erasure", () => {
  it("cannot be asked for before the customer's id is typed a second time", async () => {
    const sent = desk([]);
    draw(<Component />, "/?new=erasure&customer=C7");
    const erase = await screen.findByRole("button", { name: "Erase C7" });
    const again = screen.getByLabelText("Type the customer ID again to erase them");
    expect(erase).toHaveProperty("disabled", true);
    put(again, "C8");
    expect(erase).toHaveProperty("disabled", true);
    put(again, "C7");
    await userEvent.click(erase);
    await waitFor(() => expect(sent.filter((one) => one.method === "POST")).toHaveLength(1));
    const [made] = sent.filter((one) => one.method === "POST");
    expect(made?.body).toMatchObject({ kind: "erasure", customer_id: "C7" });
    expect(await screen.findByText("prv_new")).toBeTruthy();
  });

  it("asks again when another customer is meant", async () => {
    desk([]);
    draw(<Component />, "/?new=erasure&customer=C7");
    put(await screen.findByLabelText(/Type the customer ID again/), "C7");
    put(screen.getByLabelText(/^Customer/), "C70");
    expect(screen.getByRole("button", { name: "Erase C70" })).toHaveProperty("disabled", true);
  });

  it("that is done shows what its certificate says, and the command that checks it", async () => {
    const done = request("prv_1", { kind: "erasure", state: "done", customer_id: `gone_${"a".repeat(40)}` });
    serving({
      "/api/v1/session": sessionWith("privacy.handle"),
      [PATH]: { requests: [done] },
      [`${PATH}/prv_1`]: done,
      [`${PATH}/prv_1/result`]: {
        erased_at: "2026-02-14T09:00:00Z",
        places: [{ place: "warehouse events", rows_before: 182, rows_after: 0, became: "deleted" }],
        stays: ["audit trail"],
        not_reached: ["backups"],
        models: [],
        public_key: "ab12",
      },
    });
    draw(<Component />, "/?state=all&request=prv_1");
    expect(await screen.findByText(/182 rows in 1 places/)).toBeTruthy();
    expect(screen.getByText("retinue privacy verify certificate-prv_1.json --key KEY")).toBeTruthy();
    expect(screen.queryByRole("link", { name: /gone_/ })).toBeNull();
  });
});

describe("a request", () => {
  it("is refused with a reason only", async () => {
    const sent = desk([request("prv_1")]);
    draw(<Component />, "/?request=prv_1");
    await userEvent.click(await screen.findByRole("button", { name: "Refuse…" }));
    const refuse = screen.getByRole("button", { name: "Refuse the request" });
    const why = screen.getByLabelText(/Reason/);
    put(why, "   ");
    expect(refuse).toHaveProperty("disabled", true);
    put(why, "The identity was not proven.");
    await userEvent.click(refuse);
    await waitFor(() =>
      expect(sent.find((one) => one.path === `${PATH}/prv_1/refuse`)?.body).toEqual({
        reason: "The identity was not proven.",
      }),
    );
  });

  it("that is late is told as overdue, and not again once it is answered", async () => {
    const late = { due_at: new Date(Date.now() - 3 * DAY).toISOString(), near_due: true };
    desk([request("prv_1", late), request("prv_2", { ...late, state: "done", customer_id: "C2" })]);
    draw(<Component />, "/?state=all");
    const table = within(await screen.findByRole("table"));
    expect(table.getAllByText(/^overdue, was due 3 days ago$/)).toHaveLength(1);
  });

  it("is listed by the states of the address", async () => {
    const sent = desk([request("prv_1")]);
    draw(<Component />, "/?state=refused");
    await screen.findByRole("table");
    expect(
      sent.filter((one) => one.path === PATH).map((one) => one.query.getAll("state").join(" ")),
    ).toContain("refused");
  });

  it("hands out a copy only to whoever may read personal data", async () => {
    desk([request("prv_1", { state: "done" })]);
    draw(<Component />, "/?request=prv_1");
    expect(await screen.findByText(/needs the permission to read personal data/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Download the copy" })).toBeNull();
  });
});
