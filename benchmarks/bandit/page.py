"""The findings as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.bandit.measure import BTS, OURS

__all__ = ["page"]

INTRODUCTION = """\
# What real logs of choices can carry

Written by `python -m benchmarks.bandit`, not by hand.

## Open Bandit: which item to show

Small logs of a fashion shop: impressions of a policy that drew evenly among all items, and whether each was
clicked. Every policy is learned on one half of that log (drawn at random) and judged on the other half, and
the reverse; values are clicks per thousand impressions. SNIPS and DR are Retinue's estimators with normal
95 % intervals, which mean nothing where few clicks fell on what a policy prefers: the column *clicks*
counts those on items that it shows more often than chance. The leads are by DR with the betting interval,
which holds for any sample; *n* is the effective sample size. What another sample would have taught a
policy is in no interval.

* **Retinue**: the response model for offers with a term for each item; the context moves all items alike, so
  it learns which items are clicked and not which suits whom. Shown by the chance to be the best.
* **MABWiser**: LinUCB (alpha 1) and LinTS (alpha 0.1) on position and user features; Thompson sampling
  without them.
* **Vowpal Wabbit**: `--cb_explore_adf --cb_type dr` on user, item and affinity features, three passes.
* **bts, as logged**: the shop's own Thompson sampling, by how often it showed each item at each position.
"""


def page(logs: Sequence[dict[str, Any]], coupons: dict[str, Any]) -> str:
    """Markdown."""
    parts = [INTRODUCTION]
    for found in logs:
        parts.append("\n".join(_campaign(found)) + "\n")
    parts.append("\n".join(_coupons(coupons)))
    return "\n".join(parts)


def _campaign(found: dict[str, Any]) -> list[str]:
    return [
        f"### {found['campaign'].capitalize()}: {found['impressions']:,} impressions,"
        f" {found['clicks']} clicks, {found['items']} items",
        "",
        "| policy | SNIPS | DR | n | clicks | lead over uniform | lead over Retinue | the gate |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in found["rows"]),
        "",
        f"The bts policy's own log has {_three(found['bts'])} clicks per thousand (Wilson's interval).",
        "",
        *_reading(found),
        *(f"* Not measured: {name}: {why}." for name, why in found["missing"].items()),
    ]


def _three(numbers: Sequence[float] | None) -> str:
    if numbers is None:
        return "–"
    value, low, high = (1000 * number for number in numbers)
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _row(row: dict[str, Any]) -> str:
    gate = "–" if row["gate"] is None else "promoted" if row["gate"]["promote"] else "refused"
    return (
        f"| {row['policy']} | {_three(row['snips'])} | {_three(row['dr'])} | {row['size']:,.0f} |"
        f" {row['clicks']} | {_three(row['over_uniform'])} | {_three(row['over_ours'])} | {gate} |"
    )


def _reading(found: dict[str, Any]) -> list[str]:
    """What the intervals make of it, in words, from the numbers."""
    rows = found["rows"]
    lines = []
    for key, words in (("over_uniform", "showing items evenly"), ("over_ours", OURS)):
        told = [row for row in rows if row[key] is not None]
        apart = [row for row in told if row[key][1] > 0 or row[key][2] < 0]
        names = ", ".join(f"{row['policy']} ({'better' if row[key][1] > 0 else 'worse'})" for row in apart)
        lines.append(
            f"* From {words}, the intervals tell {len(apart)} of {len(told)} policies apart"
            + (f": {names}." if names else ": they cannot separate them.")
        )
    refused = [row for row in rows if row["gate"] is not None and not row["gate"]["promote"]]
    if refused:
        best = max(refused, key=lambda row: row["dr"][0])
        lines.append(
            f"* The gate refuses {len(refused)} policies; of the highest, {best['policy']},"
            f" it says: {best['gate']['why']}"
        )
    logged = next(row for row in rows if row["policy"] == BTS)
    inside = logged["dr"][1] <= found["bts"][0] <= logged["dr"][2]
    lines.append(
        f"* The value of bts from the random log {'agrees' if inside else 'does not agree'} with what bts"
        f" really earned ({1000 * found['bts'][0]:.1f}), within its interval."
    )
    return lines


def _coupons(found: dict[str, Any]) -> list[str]:
    gets, redeems, extreme = found["gets"], found["redeems"], found["extreme"]
    return [
        "## The Complete Journey: who gets coupons, and who redeems",
        "",
        f"{found['pairs']:,} pairs of {found['households']:,} households and"
        f" {found['campaigns']} campaigns of the first half of 2017, each as of the first morning."
        " Chances by `propensity.estimate`"
        " (logistic, cross-fitted by household); AUC with a bootstrap interval by household.",
        "",
        "| question | cases | AUC | slope of calibration | intercept |",
        "| --- | --- | --- | --- | --- |",
        _question("gets the campaign", gets),
        _question("redeems, having got it", redeems),
        "",
        "Slope 1 and intercept 0 are perfect. By tenths of the chance:",
        "",
        "| tenth | gets: said | was | redeems: said | was |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {tenth + 1} | {a:.3f} | {b:.3f} | {c:.3f} | {d:.3f} |"
            for tenth, ((a, b), (c, d)) in enumerate(zip(gets["tenths"], redeems["tenths"], strict=True))
        ),
        "",
        "### Overlap",
        "",
        f"* {extreme['below']:.0%} of the pairs have a chance below 2 % ({extreme['got below']} of them got"
        f" the campaign all the same), {extreme['above']:.1%} one above 98 %;"
        f" {extreme['beyond']:.1%} of those who got nothing had a smaller chance than anybody who got it.",
        "* Weighted by the inverse of their chance, those who got it count for"
        f" {found['effective']['got']:.0%} of their number, the others for {found['effective']['not']:.0%}.",
        "* Standardised differences between both groups, before and after weighting: "
        + "; ".join(f"{name} {raw:.2f} → {weighted:.2f}" for name, raw, weighted in found["gaps"])
        + f". The largest that is left is {found['left']:.2f}"
        + (" (above 0.1: not balanced)." if found["left"] > 0.1 else "."),
        "",
        "### What cannot be concluded",
        "",
        "* Not what a coupon does. Nobody drew lots: the chain chose by what it knew, which is more than",
        "  these purchases, and the chances are estimated here and not those that were used. Balance of what",
        "  is seen says nothing of what is not.",
        "* Not that redeemers bought because of the coupon: redeeming comes after getting one, and those who",
        "  redeem are those who shop most.",
        "* Not the value of another way to send campaigns: nobody logged the chances it would be judged by.",
    ]


def _question(words: str, found: dict[str, Any]) -> str:
    value, low, high = found["auc"]
    return (
        f"| {words} | {found['cases']:,} of {found['of']:,} | {value:.3f} [{low:.3f}, {high:.3f}] |"
        f" {found['slope']:.2f} | {found['intercept']:.2f} |"
    )
