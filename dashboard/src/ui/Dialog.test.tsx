import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { draw } from "@/testing/render";
import { Modal } from "./Dialog";

function Asks() {
  const [asking, ask] = useState(false);
  return (
    <>
      <button type="button" onClick={() => ask(true)}>
        Ask
      </button>
      {asking ? (
        <Modal opened onClose={() => ask(false)} title="Sure?">
          <input data-autofocus aria-label="Why" />
        </Modal>
      ) : null}
    </>
  );
}

it("a dialog that is taken away gives the focus back to what opened it", async () => {
  draw(<Asks />);
  const opens = screen.getByRole("button", { name: "Ask" });
  await userEvent.click(opens);
  await waitFor(() => expect(screen.getByLabelText("Why")).toBe(document.activeElement));
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(opens).toBe(document.activeElement));
});
