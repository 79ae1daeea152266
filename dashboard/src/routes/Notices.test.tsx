import { screen, waitFor } from "@testing-library/react";
import { act } from "react";
import { expect, it, vi } from "vitest";
import { useAsk } from "@/lib/service";
import type { Session } from "@/lib/session";
import { draw, serving, sessionWith } from "@/testing/render";
import { Asked } from "@/ui/states";
import { Notices } from "./Notices";

function View() {
  const found = useAsk("/api/v1/rules");
  return <Asked query={found}>{({ versions }) => <p>{versions.length} versions</p>}</Asked>;
}

it("says that nobody answers, and asks again what failed once somebody does", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let down = true;
  const gone = () => {
    if (down) throw new TypeError("Failed to fetch");
  };
  serving({
    "/api/v1/runs/current": () => {
      gone();
      return { running: null };
    },
    "/api/v1/rules": () => {
      gone();
      return { versions: [] };
    },
  });
  draw(
    <>
      <Notices session={sessionWith() as unknown as Session} />
      <View />
    </>,
  );
  expect(await screen.findByText("No connection to the service")).toBeTruthy();
  expect(screen.getAllByText(/The service cannot be reached\./).length).toBe(2);
  down = false;
  await act(() => vi.advanceTimersByTimeAsync(16_000));
  await waitFor(() => expect(screen.queryByText("No connection to the service")).toBeNull());
  expect(await screen.findByText("0 versions")).toBeTruthy();
  vi.useRealTimers();
});
