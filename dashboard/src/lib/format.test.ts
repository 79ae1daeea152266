import { describe, expect, it } from "vitest";
import { csv } from "./csv";
import {
  count,
  day,
  decimal,
  fromNow,
  interval,
  money,
  offerWords,
  percent,
  points,
  time,
  words,
} from "./format";
import { periodOf } from "./period";

describe("numbers", () => {
  it("are written with their unit, and never as NaN", () => {
    expect(count(12345.4)).toBe("12,345");
    expect(money(1560.46, "EUR")).toBe("€1,560");
    expect(money(-3.5, "EUR")).toBe("−€3.50");
    expect(percent(0.784)).toBe("78 %");
    expect(percent(0.0123)).toBe("1.2 %");
    expect(points(-0.0166)).toBe("−1.7 pp");
    for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([count(nothing), money(nothing, "EUR"), percent(nothing)]).toEqual(["–", "–", "–"]);
    }
    expect(interval(1, null, count)).toBe("–");
    expect(interval(-1, 2, count)).toBe("−1 to 2");
  });
});

describe("what rounds", () => {
  it("to nothing has no sign", () => {
    expect([count(-0.4), decimal(-0.004), points(-0.0001), points(0.0001)]).toEqual([
      "0",
      "0.00",
      "0.0 pp",
      "0.0 pp",
    ]);
    expect([money(-0.001, "EUR"), money(-0, "EUR"), money(-1234.5, "EUR")]).toEqual([
      "€0.00",
      "€0",
      "−€1,235",
    ]);
  });

  it("to none or to all is not told as none or all", () => {
    expect([percent(0), percent(0.0004), percent(0.0006)]).toEqual(["0.0 %", "< 0.1 %", "0.1 %"]);
    expect([percent(0.004, 0), percent(0.9996, 1), percent(0.996), percent(1)]).toEqual([
      "< 1 %",
      "> 99.9 %",
      "> 99 %",
      "100 %",
    ]);
    expect([percent(0.994), percent(1.004), percent(-0.0004)]).toEqual(["99 %", "100 %", "0.0 %"]);
  });
});

describe("times", () => {
  it("are UTC, whether they say so or not", () => {
    expect(day("2026-02-14")).toBe("14 Feb 2026");
    expect(time("2026-02-14T23:30:00")).toBe("14 Feb 2026, 23:30 UTC");
    expect(time("2026-02-14T23:30:00+02:00")).toBe("14 Feb 2026, 21:30 UTC");
    expect(fromNow("2026-02-14T00:00:00Z", new Date("2026-02-11T00:00:00Z"))).toBe("in 3 days");
    expect(fromNow("2026-02-14T00:00:00Z", new Date("2026-02-15T00:00:00Z"))).toBe("yesterday");
    expect(fromNow("nonsense")).toBe("–");
  });

  it("make periods that end with the day of the newest run", () => {
    const until = new Date("2026-01-01T00:00:00Z");
    expect(periodOf("90d", until)).toMatchObject({ from: "2025-10-04", to: "2026-01-01" });
    expect(periodOf("12m", until)).toMatchObject({ from: "2025-01-02", to: "2026-01-01" });
    expect(periodOf("quarter", new Date("2026-05-20T12:00:00Z"))).toMatchObject({
      from: "2026-01-01",
      to: "2026-03-31",
    });
  });
});

describe("names", () => {
  it("are words", () => {
    expect(words("manual_review")).toBe("Manual review");
    expect(offerWords("percentage_discount_15")).toBe("15 % discount");
    expect(offerWords("free_upgrade")).toBe("Free upgrade");
    expect(offerWords(null)).toBe("No offer");
  });
});

describe("csv", () => {
  it("keeps numbers as numbers and lets no text run as a formula", () => {
    const text = csv(
      ["name", "net"],
      [
        ["=cmd()", -12.5],
        ['say "hi", twice', null],
        ["+49", Number.NaN],
      ],
    );
    expect(text).toBe(`name,net\r\n'=cmd(),-12.5\r\n"say ""hi"", twice",\r\n'+49,\r\n`);
  });
});
