import { describe, expect, it } from "vitest";
import { count, percent } from "@/lib/format";
import { changeOf, inMoney } from "./change";

describe("the change to the period before", () => {
  it("is told in percent of what was there, with its direction", () => {
    expect(changeOf(110, 100, count, true)).toEqual({
      text: "from 100 in the period before (+10 %)",
      direction: "up",
      good: true,
    });
    expect(changeOf(90, 100, count, true)?.text).toBe("from 100 in the period before (−10 %)");
    expect(changeOf(5, 0)?.text).toBe("from 0 in the period before");
    expect(changeOf(5, null)).toBeUndefined();
  });

  it("is no share of a loss: a loss that halves has not fallen by half of anything", () => {
    expect(changeOf(50, -100, inMoney("EUR"), true)).toEqual({
      text: "from -€100 in the period before",
      direction: "up",
      good: true,
    });
  });

  it("of shares is told in percentage points", () => {
    expect(changeOf(0.88, 0.8, percent)?.text).toBe("from 80 % in the period before (+8.0 pp)");
  });
});
