import { expect, it } from "vitest";
import { percent } from "@/lib/format";
import { changeOf, inMoney } from "./change";

it("a number is compared with the period before, by a share of it", () => {
  expect(changeOf(120, 100)).toEqual({ text: "+20 % vs 100 before", direction: "up" });
  expect(changeOf(50, 100, inMoney("EUR"), true)).toEqual({
    text: "−50 % vs €100 before",
    direction: "down",
    good: false,
  });
  expect(changeOf(5, 0)?.text).toBe("+5 vs 0 before");
});

it("a loss is compared by the difference: it has no share", () => {
  expect(changeOf(8_808, -16_795, inMoney("EUR"), true)).toEqual({
    text: "+€25,603 vs −€16,795 before",
    direction: "up",
    good: true,
  });
});

it("a share is compared by points", () => {
  expect(changeOf(0.55, 0.5, percent, true)).toEqual({
    text: "+5.0 pp vs 50 % before",
    direction: "up",
    good: true,
  });
});

it("nothing is compared with what is not known", () => {
  expect(changeOf(1, null)).toBeUndefined();
  expect(changeOf(undefined, 1)).toBeUndefined();
  expect(changeOf(1, 1)?.direction).toBe("same");
});
