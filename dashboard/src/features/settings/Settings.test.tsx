import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { draw, serving, sessionWith } from "@/testing/render";
import { Component } from "./Settings";
import { lines, shown, variable } from "./toml";

const ROLES = {
  roles: [
    { role: "viewer", words: "sees figures" },
    { role: "admin", words: "may do everything but read personal data" },
    { role: "service", words: "a machine" },
  ],
  permissions: [
    { permission: "analytics.read", words: "see the figures", roles: ["viewer", "admin"], personal: false },
    { permission: "users.manage", words: "make users", roles: ["admin"], personal: false },
  ],
};

const ADA = {
  name: "ada",
  roles: ["admin"],
  state: "active",
  created_at: "2026-02-14T09:00:00Z",
  since: "2026-02-14T09:00:00Z",
};

function setting(key: string, more: object = {}) {
  return {
    key,
    value: 90,
    default: 90,
    description: "leaving within this time is what is predicted",
    secret: false,
    is_set: true,
    set_by: "default",
    line: null,
    ...more,
  };
}

const SETTINGS = {
  sections: [
    { section: "churn", settings: [setting("horizon_days", { value: 60, set_by: "file", line: 12 })] },
    {
      section: "api",
      settings: [
        setting("token", { value: null, default: null, secret: true, description: "of machines" }),
        setting("cancel_secret", { value: null, default: null, secret: true, is_set: false }),
      ],
    },
  ],
};

function office(...permissions: string[]) {
  return serving({
    "/api/v1/session": sessionWith("settings.read", ...permissions),
    "/api/v1/settings": SETTINGS,
    "/api/v1/roles": ROLES,
    "/api/v1/users": { users: [ADA] },
    "POST /api/v1/users": () =>
      Response.json({ user: { ...ADA, name: "bob" }, password: "made-up-words-7" }, { status: 201 }),
  });
}

describe("settings", () => {
  it("show the value, its default and where it was set, and nothing of a secret but whether it is set", async () => {
    office();
    draw(<Component />, "/");
    expect(await screen.findByText("60")).toBeTruthy();
    expect(screen.getByText("default: 90")).toBeTruthy();
    expect(screen.getByText("retinue.toml, line 12")).toBeTruthy();
    fireEvent.change(screen.getByLabelText("Search the settings"), { target: { value: "secret" } });
    expect(await screen.findByText("not set")).toBeTruthy();
    expect(screen.queryByText("60")).toBeNull();
  });

  it("of plugins are told by their keys only, with no lines to copy", async () => {
    serving({
      "/api/v1/session": sessionWith("settings.read"),
      "/api/v1/settings": {
        sections: [
          { section: "channels", settings: [setting("email", { value: ["kind", "url"], default: [] })] },
        ],
      },
    });
    draw(<Component />, "/");
    expect(await screen.findByText("kind, url")).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Copy lines/ })).toBeNull();
  });

  it("are written as the file and the environment have them", () => {
    expect(lines("churn", "horizon_days", 60)).toBe("[churn]\nhorizon_days = 60");
    expect(lines("alerts", "drift.fire", null)).toBe("[alerts.drift]\nfire = …");
    expect(lines("value", "tiers", { Basic: 0, "Very large": 5000 })).toBe(
      '[value]\ntiers = { Basic = 0, "Very large" = 5000 }',
    );
    expect(lines("features", "login_events", ["login", 'a"b'])).toBe(
      '[features]\nlogin_events = ["login", "a\\"b"]',
    );
    expect(variable("alerts", "drift.fire")).toBe("RETINUE_ALERTS__DRIFT__FIRE");
    expect(shown({})).toBe("none");
  });
});

describe("roles", () => {
  it("are the table that the service decides by", async () => {
    office();
    draw(<Component />, "/?tab=roles");
    const table = within(await screen.findByRole("table"));
    const rows = table.getAllByRole("row").slice(1);
    const cells = rows.map((row) =>
      within(row)
        .getAllByRole("cell")
        .slice(1)
        .map((cell) => cell.textContent?.replace(/[✓·]/, "")),
    );
    expect(cells).toEqual([
      ["yes", "yes", "no"],
      ["no", "yes", "no"],
    ]);
  });
});

describe("users", () => {
  it("are not there for whoever may not manage them", async () => {
    const sent = office();
    draw(<Component />, "/?tab=users");
    expect(await screen.findByRole("tab", { name: "Roles" })).toBeTruthy();
    expect(screen.queryByRole("tab", { name: "Users" })).toBeNull();
    expect(sent.some((one) => one.path === "/api/v1/users")).toBe(false);
  });

  it("are made with a password that is shown once", async () => {
    const sent = office("users.manage");
    draw(<Component />, "/?tab=users&new=user");
    fireEvent.change(await screen.findByLabelText(/^Name/), { target: { value: "bob" } });
    const make = screen.getByRole("button", { name: "Create user" });
    expect(make).toHaveProperty("disabled", true);
    expect(screen.queryByRole("checkbox", { name: /Service/ })).toBeNull();
    await userEvent.click(await screen.findByRole("checkbox", { name: /Viewer/ }));
    await userEvent.click(make);
    expect(await screen.findByText("made-up-words-7")).toBeTruthy();
    expect(sent.find((one) => one.method === "POST")?.body).toEqual({ name: "bob", roles: ["viewer"] });
    await userEvent.click(screen.getByRole("button", { name: "I have it" }));
    await waitFor(() => expect(screen.queryByText("made-up-words-7")).toBeNull());
  });

  it("have no e-mail address for a name", async () => {
    office("users.manage");
    draw(<Component />, "/?tab=users&new=user");
    fireEvent.change(await screen.findByLabelText(/^Name/), { target: { value: "bob@example.com" } });
    expect(await screen.findByText(/Letters a to z/)).toBeTruthy();
  });
});
