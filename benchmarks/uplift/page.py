"""The findings as a page."""

from __future__ import annotations

from typing import Any

from benchmarks.uplift.measure import CHOSEN, JOINT

__all__ = ["page"]

PUBLISHED = {
    ("Womens E-Mail", "effect"): "0.0452",
    ("Womens E-Mail", "qini"): "0.0068 – 0.0075",
    ("Womens E-Mail", "uplift_at_k"): "0.070",
    ("Mens E-Mail", "effect"): "0.0766",
    ("Mens E-Mail", "qini"): "0.0011 – 0.0016",
    ("Mens E-Mail", "uplift_at_k"): "–",
}
"""Measured elsewhere on all 64,000 customers, 5-fold, T- and X-learners (fold sd of Qini about 0.002)."""


def page(found: dict[str, Any]) -> str:
    """Markdown."""
    chosen = [row for row in found["rows"] if row["learner"] == CHOSEN]
    lines = [
        "# Uplift on a real randomised test",
        "",
        "Written by `python -m benchmarks.uplift`. Hillstrom's e-mail test: women's, men's or none,",
        f"a third each; {found['customers']:,} of the 64,000 customers. All scores are out of fold; Qini per",
        "treated customer (0 for a random order); intervals by bootstrap, widened for scores out of fold;",
        f"learners fitted on {found['pairs']} pairs of half-samples.",
        "",
        "## What Retinue says",
        "",
        f"The {CHOSEN}-learner, the default choice. Six questions are asked at once, so each interval has",
        f"{JOINT * 100:.1f} %: all six hold together with 95 %. Risk: the least likely to act by",
        "themselves first.",
        "",
        "| e-mail | outcome | verdict |",
        "| --- | --- | --- |",
        *(f"| {row['arm']} | {row['outcome']} | {row['joint']['sentence']} |" for row in chosen),
        "",
        "## Numbers, with 95 % intervals each by itself",
        "",
        "| e-mail | outcome | learner | effect of all | Qini | AUUC | uplift@30 % | lead in Qini over risk |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in found["rows"]),
        "",
        *_reading(found),
        "## Beside numbers measured on all 64,000 (visit)",
        "",
        "| e-mail | measure | here (X-learner) | there |",
        "| --- | --- | --- | --- |",
        *_beside(found),
        "",
        "## The policy that follows",
        "",
        f"Each customer gets the e-mail with the larger effect ({CHOSEN}-learner, out of fold), or none",
        "where both are negative. Value per customer by DR (`retinue.learning`), 95 % interval.",
        "",
        "| outcome | none | women's to all | men's to all | best by uplift | its lead over men's to all |"
        " gets none / women's / men's |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_policy(outcome, value) for outcome, value in found["values"].items()),
        "",
    ]
    return "\n".join(lines)


def _three(value: float, low: float, high: float) -> str:
    return f"{value:.3g} [{low:.3g}, {high:.3g}]"


def _said(estimate: dict[str, float]) -> str:
    return _three(estimate["value"], estimate["low"], estimate["high"])


def _row(row: dict[str, Any]) -> str:
    names = ("effect", "qini", "auuc", "uplift_at_k", "over_risk")
    cells = " | ".join(_said(row["alone"][name]) for name in names)
    return f"| {row['arm']} | {row['outcome']} | {row['learner']} | {cells} |"


def _reading(found: dict[str, Any]) -> list[str]:
    """What the two confidences make of it, in words, from the numbers."""
    lines = []
    for arm in ("Womens E-Mail", "Mens E-Mail"):
        rows = [row for row in found["rows"] if row["arm"] == arm]
        counted = {
            kind: sum(row[kind]["beats_random"] == "better" for row in rows) for kind in ("alone", "joint")
        }
        lines.append(
            f"* {arm}: {counted['alone']} of {len(rows)} orders beat random by their own 95 % interval,"
            f" {counted['joint']} by the joint one."
        )
    return [*lines, ""]


def _beside(found: dict[str, Any]) -> list[str]:
    lines = []
    for row in found["rows"]:
        if row["outcome"] == "visit" and row["learner"] == "X":
            for measure, words in (("effect", "effect"), ("qini", "Qini"), ("uplift_at_k", "uplift@30 %")):
                there = PUBLISHED[row["arm"], measure]
                lines.append(f"| {row['arm']} | {words} | {_said(row['alone'][measure])} | {there} |")
    return lines


def _policy(outcome: str, value: dict[str, Any]) -> str:
    cells = " | ".join(_three(*numbers) for numbers in value["values"].values())
    shares = " / ".join(f"{share:.0%}" for share in value["shares"].values())
    return f"| {outcome} | {cells} | {_three(*value['lead'])} | {shares} |"
