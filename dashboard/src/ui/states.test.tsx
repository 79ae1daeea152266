import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { useAsk } from "@/lib/service";
import { draw, serving } from "@/testing/render";
import { Asked, NoRunYet } from "./states";

function Campaigns() {
  const found = useAsk("/api/v1/campaigns", undefined, { retry: false });
  return (
    <Asked
      query={found}
      empty={<NoRunYet what="Campaigns" />}
      isEmpty={(page) => page.campaigns.length === 0}
    >
      {(page) => <p>{page.campaigns.length} campaigns</p>}
    </Asked>
  );
}

describe("what is asked for", () => {
  it("is waited for, then shown", async () => {
    serving({ "/api/v1/campaigns": { campaigns: [{}], next: null } });
    draw(<Campaigns />);
    expect(screen.getByRole("status", { name: "Loading" })).toBeTruthy();
    expect(await screen.findByText("1 campaigns")).toBeTruthy();
  });

  it("may be empty, or not be there: then the next step is told", async () => {
    serving({ "/api/v1/campaigns": { campaigns: [], next: null } });
    draw(<Campaigns />);
    expect(await screen.findByText("retinue run")).toBeTruthy();
  });

  it("may be refused: in the words of the service, with its fix, and asked again", async () => {
    let down = true;
    serving({
      "/api/v1/campaigns": () =>
        down
          ? Response.json(
              { detail: "The store is gone.", fix: "Start PostgreSQL.", code: "RTN-0150" },
              { status: 503 },
            )
          : { campaigns: [{}, {}], next: null },
    });
    draw(<Campaigns />);
    expect((await screen.findByRole("alert")).textContent).toContain("The store is gone.");
    expect(screen.getByText("Start PostgreSQL.")).toBeTruthy();
    down = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("2 campaigns")).toBeTruthy();
  });

  it("may be nobody's business: then there is nothing to try again", async () => {
    serving({
      "/api/v1/campaigns": () => Response.json({ detail: "You may not see campaigns." }, { status: 403 }),
    });
    draw(<Campaigns />);
    expect(await screen.findByText("You may not see this")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });
});
