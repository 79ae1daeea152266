import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useLocation } from "react-router";
import { expect, it } from "vitest";
import { draw, serving } from "@/testing/render";
import SearchBox from "./SearchBox";

function Where() {
  return <output>{useLocation().pathname}</output>;
}

it("goes through what was found by the arrow keys, round and round, and opens the marked one", async () => {
  const user = userEvent.setup();
  serving({
    "/api/v1/customers": {
      customers: ["C1", "C10", "C11"].map((id) => ({
        customer_id: id,
        churn_probability: 0.5,
        risk_level: "HIGH",
      })),
      next: null,
    },
  });
  let closed = false;
  draw(
    <>
      <SearchBox
        close={() => {
          closed = true;
        }}
      />
      <Where />
    </>,
  );
  const field = await screen.findByLabelText("Customer ID");
  await waitFor(() => expect(field).toBe(document.activeElement));
  await user.type(field, "C1");
  await screen.findByText(/C1, 1 of 3/);
  await user.keyboard("{ArrowUp}");
  await screen.findByText(/C11, 3 of 3/);
  await user.keyboard("{ArrowUp}{Enter}");
  expect(closed).toBe(true);
  await waitFor(() => expect(screen.getByText("/customers/C10")).toBeTruthy());
});
