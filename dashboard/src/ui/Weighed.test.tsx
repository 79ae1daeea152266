import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import { candidateOf, Weighed } from "./Weighed";

it("what an offer keeps is a share of those who would leave, not points of retention", () => {
  const offer = { id: "percentage_discount_15", cost: 14, net: 90, retention_lift: 0.16, confidence: 0.7 };
  draw(<Weighed candidates={[candidateOf({ ...offer, removed_by: "", why: "" })]} currency="EUR" />);
  expect(screen.getByRole("button", { name: "Retention lift" })).toBeTruthy();
  expect(screen.getByText("16 %")).toBeTruthy();
});
