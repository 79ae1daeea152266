import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { answered } from "@/api/client";
import { serving } from "@/testing/render";
import { ask, guardWith, service, usePages } from "./service";

beforeEach(() => guardWith("guard"));

describe("acts", () => {
  it("carry the guard of the session, and a key so that a second try does nothing twice", async () => {
    const sent = serving({ "POST /api/v1/stop": { stopped: true } });
    await answered(service.POST("/api/v1/stop", { body: { reason: "wrong prices" } }));
    expect(sent[0]?.headers.get("X-CSRF-Token")).toBe("guard");
    expect(sent[0]?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("are not what readings are: those carry no guard", async () => {
    const sent = serving({ "/api/v1/customers": { customers: [] } });
    await ask("/api/v1/customers", { query: { starts: "C1" } });
    expect(sent[0]?.headers.has("X-CSRF-Token")).toBe(false);
    expect(sent[0]?.query.get("starts")).toBe("C1");
  });
});

describe("an access token that is over", () => {
  it("is renewed once for all who wait, and they are answered", async () => {
    let good = false;
    const refused = () => Response.json({ detail: "It is over.", status: 401 }, { status: 401 });
    const sent = serving({
      "/api/v1/customers": () => (good ? { customers: [] } : refused()),
      "/api/v1/campaigns": () => (good ? { campaigns: [] } : refused()),
      "POST /api/v1/session/renew": () => {
        good = true;
        return {};
      },
    });
    await Promise.all([ask("/api/v1/customers"), ask("/api/v1/campaigns")]);
    expect(sent.filter((one) => one.path === "/api/v1/session/renew")).toHaveLength(1);
  });

  it("ends the session where nothing new is given", async () => {
    serving({ "/api/v1/customers": () => Response.json({ detail: "It is over." }, { status: 401 }) });
    const told = vi.fn();
    globalThis.addEventListener("retinue:signed-out", told);
    await expect(ask("/api/v1/customers")).rejects.toThrow("It is over.");
    expect(told).toHaveBeenCalledTimes(1);
    globalThis.removeEventListener("retinue:signed-out", told);
  });
});

describe("a listing", () => {
  it("goes on where the page before ended, by the same filters", async () => {
    const sent = serving({
      "/api/v1/audit/records": (request: Request) =>
        new URL(request.url).searchParams.has("cursor")
          ? { records: [{ number: 1 }], next: null }
          : { records: [{ number: 2 }], next: "after-2" },
    });
    const wrapper = ({ children }: { children: ReactNode }) =>
      createElement(QueryClientProvider, { client: new QueryClient() }, children);
    const { result } = renderHook(() => usePages("/api/v1/audit/records", { query: { actor: "ada" } }), {
      wrapper,
    });
    await waitFor(() => expect(result.current.hasNextPage).toBe(true));
    await act(() => result.current.fetchNextPage());
    await waitFor(() => expect(result.current.data?.pages).toHaveLength(2));
    expect(sent.map(({ query }) => [query.get("actor"), query.get("cursor")])).toEqual([
      ["ada", null],
      ["ada", "after-2"],
    ]);
    expect(result.current.hasNextPage).toBe(false);
  });
});

it("what is asked while nobody touches the page does not count as being there", async () => {
  const sent = serving({ "/api/v1/campaigns": { campaigns: [] } });
  const now = vi.spyOn(Date, "now");
  await ask("/api/v1/campaigns");
  now.mockReturnValue(Date.now() + 120_000);
  await ask("/api/v1/campaigns");
  globalThis.dispatchEvent(new Event("keydown"));
  await ask("/api/v1/campaigns");
  expect(sent.map((one) => one.headers.get("X-Background"))).toEqual([null, "1", null]);
});
