import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw, serving, sessionWith } from "@/testing/render";
import { Allowed } from "./Allowed";
import { Navigation } from "./Navigation";

it("shows a view to whoever may see it", async () => {
  serving({ "/api/v1/session": sessionWith("audit.read") });
  draw(<Allowed path="/audit">the trail</Allowed>);
  expect(await screen.findByText("the trail")).toBeTruthy();
});

it("tells others what they lack", async () => {
  serving({ "/api/v1/session": sessionWith("customers.read") });
  draw(<Allowed path="/audit">the trail</Allowed>);
  expect(await screen.findByText(/needs the permission audit\.read/)).toBeTruthy();
  expect(screen.queryByText("the trail")).toBeNull();
});

it("the navigation has only what one may see, and keeps period and tier", async () => {
  serving({ "/api/v1/session": sessionWith("analytics.read") });
  draw(<Navigation />, "/revenue?period=quarter&tier=Premium&measure=auc");
  const link = await screen.findByRole("link", { name: "At-risk pipeline" });
  expect(link.getAttribute("href")).toBe("/pipeline?period=quarter&tier=Premium");
  expect(screen.queryByRole("link", { name: "Audit log" })).toBeNull();
});
