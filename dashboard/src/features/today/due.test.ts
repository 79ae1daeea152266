import { describe, expect, it } from "vitest";
import { dueOf, laters } from "./due";

const NOW = new Date("2026-02-13T15:00:00Z"); // a Friday

describe("by when", () => {
  it("is said as a person would", () => {
    const said = (at: string) => dueOf(at, NOW);
    expect(said("2026-02-13T14:40:00Z")).toEqual({ text: "Overdue by 20 minutes", tone: "late" });
    expect(said("2026-02-12T14:00:00Z")).toEqual({ text: "Overdue by 25 hours", tone: "late" });
    expect(said("2026-02-09T14:00:00Z")).toEqual({ text: "Overdue by 4 days", tone: "late" });
    expect(said("2026-02-13T15:30:00Z")).toEqual({ text: "Due within the hour", tone: "soon" });
    expect(said("2026-02-13T23:59:00Z")).toEqual({ text: "Due today", tone: "soon" });
    expect(said("2026-02-14T00:30:00Z")).toEqual({ text: "Due tomorrow", tone: "usual" });
    expect(said("2026-02-20T00:30:00Z")).toEqual({ text: "Due in 7 days", tone: "usual" });
  });
});

describe("putting off", () => {
  it("offers no time behind the end, and none twice", () => {
    const until = (end: string) => laters(end, NOW).map((one) => one.until.toISOString().slice(0, 13));
    expect(until("2026-03-01T00:00:00Z")).toEqual([
      "2026-02-13T18",
      "2026-02-14T09",
      "2026-02-16T09",
      "2026-02-20T09",
    ]); // in three days is next Monday
    expect(until("2026-02-14T08:00:00Z")).toEqual(["2026-02-13T18"]);
    expect(until("2026-02-13T16:00:00Z")).toEqual([]);
  });
});
