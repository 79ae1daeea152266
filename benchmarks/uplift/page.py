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
OURS = ("T", "X", "DR", "causal forest")


def page(found: dict[str, Any]) -> str:
    """Markdown."""
    chosen = [row for row in found["rows"] if row["learner"] == CHOSEN]
    lines = [
        "# Uplift on a real randomised test",
        "",
        "Written by `python -m benchmarks.uplift`. Hillstrom's e-mail test: women's, men's or none,",
        f"a third each; {found['customers']:,} of the 64,000 customers. All scores are out of fold; Qini per",
        "treated customer (0 for a random order); intervals by bootstrap, widened for scores out of fold;",
        f"Retinue's learners are fitted on {found['pairs']} pairs of half-samples. Peers (scikit-uplift and",
        "EconML) have the same features, outcome and folds, and LightGBM with 100 trees of 8 leaves,",
        "learning rate 0.05, at least 200 customers a leaf; EconML's LinearDRLearner a ridge regression.",
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
        "## All learners, with 95 % intervals each by itself",
        "",
        f"The lead is the paired difference in Qini to Retinue's {CHOSEN}-learner, on the same resamples:",
        "above 0 the learner orders customers better.",
        "",
        "| e-mail | outcome | learner | Qini | AUUC | uplift@30 % | lead over ours |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(row) for row in found["rows"]),
        "",
        *_reading(found),
        *(f"* Not measured: {name}: {why}." for name, why in found["missing"].items()),
        "",
        "## Beside numbers measured on all 64,000 (visit)",
        "",
        "| e-mail | measure | here (X-learner) | there |",
        "| --- | --- | --- | --- |",
        *_beside(found),
        "",
        "## The policy that follows",
        "",
        "Each customer gets the e-mail with the larger effect (out of fold), or none where both are",
        "negative. Value per customer by DR (`retinue.learning`), 95 % interval, each by itself.",
        "",
        "| outcome | policy | value | lead over men's to all | gets none / women's / men's |",
        "| --- | --- | --- | --- | --- |",
        *(line for outcome, value in found["values"].items() for line in _policies(outcome, value)),
        "",
        *_worth(found["values"]),
        "",
    ]
    return "\n".join(lines)


def _three(value: float, low: float, high: float) -> str:
    return f"{value:.3g} [{low:.3g}, {high:.3g}]"


def _said(estimate: dict[str, float]) -> str:
    return _three(estimate["value"], estimate["low"], estimate["high"])


def _name(learner: str) -> str:
    return f"Retinue {learner}" if learner in OURS else learner


def _row(row: dict[str, Any]) -> str:
    cells = " | ".join(_said(row["alone"][name]) for name in ("qini", "auuc", "uplift_at_k"))
    lead = "–" if row["learner"] == CHOSEN else _said(row["alone"]["over_risk"])
    return f"| {row['arm']} | {row['outcome']} | {_name(row['learner'])} | {cells} | {lead} |"


def _reading(found: dict[str, Any]) -> list[str]:
    """What the intervals make of it, in words, from the numbers."""
    lines = []
    for arm in ("Womens E-Mail", "Mens E-Mail"):
        rows = [row for row in found["rows"] if row["arm"] == arm]
        better = [row for row in rows if row["alone"]["beats_random"] == "better"]
        which = ", ".join(f"{_name(row['learner'])} ({row['outcome']})" for row in better)
        lines.append(
            f"* {arm}: {len(better)} of {len(rows)} orders beat random by their own 95 % interval"
            + (f": {which}." if which else ".")
        )
    others = [row for row in found["rows"] if row["learner"] not in OURS]
    ahead = [row for row in others if row["alone"]["over_risk"]["value"] > 0]
    surely = {
        kind: [row for row in others if row["alone"]["beats_risk"] == kind] for kind in ("better", "worse")
    }
    lines.append(
        f"* A peer's Qini is above that of Retinue's {CHOSEN}-learner in {len(ahead)} of {len(others)}"
        f" comparisons and below it in {len(others) - len(ahead)}; by the paired 95 % interval it is ahead in"
        f" {len(surely['better'])} and behind in {len(surely['worse'])}{_which(surely)}."
    )
    return lines


def _which(surely: dict[str, list[dict[str, Any]]]) -> str:
    words = [
        f"{way}: {row['learner']} ({row['arm']}, {row['outcome']})"
        for kind, way in (("better", "ahead"), ("worse", "behind"))
        for row in surely[kind]
    ]
    return f" ({'; '.join(words)})" if words else ""


def _beside(found: dict[str, Any]) -> list[str]:
    lines = []
    for row in found["rows"]:
        if row["outcome"] == "visit" and row["learner"] == "X":
            for measure, words in (("effect", "effect"), ("qini", "Qini"), ("uplift_at_k", "uplift@30 %")):
                there = PUBLISHED[row["arm"], measure]
                lines.append(f"| {row['arm']} | {words} | {_said(row['alone'][measure])} | {there} |")
    return lines


PLAIN = {
    "No E-Mail": "nobody",
    "Womens E-Mail": "women's to all",
    "Mens E-Mail": "men's to all",
    "by lot": "by lot, a third each",
}


def _policies(outcome: str, value: dict[str, Any]) -> list[str]:
    lines = []
    for name, numbers in value["values"].items():
        words = PLAIN.get(name) or f"best by {_name(name)}"
        lead = _three(*value["leads"][name]) if name in value["leads"] else "–"
        shares = " / ".join(f"{share:.0%}" for share in value["shares"].get(name, ())) or "–"
        lines.append(f"| {outcome} | {words} | {_three(*numbers)} | {lead} | {shares} |")
    return lines


def _worth(values: dict[str, Any]) -> list[str]:
    """Whether choosing by effect earns more than the better e-mail for all."""
    lines = []
    for outcome, value in values.items():
        leads = {name: lead for name, lead in value["leads"].items() if name in value["shares"]}
        above = [_name(name) for name, (_, low, _) in leads.items() if low > 0]
        below = [_name(name) for name, (_, _, high) in leads.items() if high < 0]
        lines.append(
            f"* {outcome}: surely better than men's to all: {', '.join(above) or 'none'}; surely worse:"
            f" {', '.join(below) or 'none'}."
        )
    return lines
