import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { useAsk } from "@/lib/service";
import { draw, serving, sessionWith } from "@/testing/render";
import { StopAll } from "./StopAll";

const STOP = {
  number: 1,
  action: "stop",
  who: "ada",
  reason: "wrong prices",
  at: "2026-01-01T09:00:00Z",
};

test("everything is stopped with a reason, by who may stop", async () => {
  const sent = serving({
    "/api/v1/session": sessionWith("campaigns.read", "stop.use"),
    "/api/v1/stops": { stopped: false, switches: [] },
    "POST /api/v1/stop": STOP,
  });
  draw(<StopAll />);
  await userEvent.click(await screen.findByRole("button", { name: "Stop everything" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByRole("textbox"), "wrong prices");
  await userEvent.click(dialog.getByRole("button", { name: "Stop everything now" }));
  await waitFor(() =>
    expect(sent.find((one) => one.path === "/api/v1/stop")?.body).toEqual({ reason: "wrong prices" }),
  );
});

/** Says when what the button waits for is known. */
function Known() {
  const session = useAsk("/api/v1/session");
  const stops = useAsk("/api/v1/stops");
  return session.data && stops.data ? <p>known</p> : null;
}

test.each([
  ["stop.use", 0],
  ["stop.lift", 1],
] as const)("while it is stopped, %s shows %i buttons to let it go on", async (permission, buttons) => {
  serving({
    "/api/v1/session": sessionWith("campaigns.read", permission),
    "/api/v1/stops": { stopped: true, switches: [STOP] },
  });
  draw(
    <>
      <StopAll />
      <Known />
    </>,
  );
  await screen.findByText("known");
  expect(screen.queryAllByRole("button", { name: "Resume everything" })).toHaveLength(buttons);
  expect(screen.queryByRole("button", { name: "Stop everything" })).toBeNull();
});
