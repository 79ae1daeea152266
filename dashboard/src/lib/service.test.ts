import { beforeEach, describe, expect, it, vi } from "vitest";
import { answered } from "@/api/client";
import { serving } from "@/testing/render";
import { ask, guardWith, service } from "./service";

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
