"""The comparison in words: a verdict per attribute, and what to do where the gate refuses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from retinue.campaigns.fairness.compare import Attribute, Fairness, Group
from retinue.campaigns.fairness.intervals import Interval
from retinue.privacy.cells import few

__all__ = ["in_words", "refusal", "summary", "verdict"]

NOTHING = (
    "No attributes are compared: name some in guards.fairness.attributes, such as country or a key of"
    " demographic_data."
)


def in_words(found: Fairness) -> list[str]:
    """The whole comparison as lines."""
    if not found.attributes:
        return [NOTHING]
    lines = [
        f"{found.decisions:,} decisions on {found.customers:,} customers above the threshold, held out ones"
        f" not counted. {found.judged} groups are judged together: each interval holds at"
        f" {1 - found.alpha:.2%}, all of them at 95 % (Bonferroni); a customer in several runs counts as one."
    ]
    for attribute in found.attributes:
        lines.append(f"{attribute.name}: {verdict(attribute, found.least_ratio)}")
        lines += [f"  - {_group(group)}" for group in attribute.groups]
        if attribute.small:
            small = ", ".join(f"{name} ({few(size)})" for name, size in attribute.small[:8])
            more = f" and {len(attribute.small) - 8} more" if len(attribute.small) > 8 else ""
            lines.append(f"  - too small to judge (customers): {small}{more}")
        if attribute.missing:
            lines.append(f"  - without a value: {attribute.missing:,} customers")
    return lines


def verdict(attribute: Attribute, least: float) -> str:
    """What is known of one attribute, in a sentence."""
    if not attribute.known:
        return "not in the data, so nothing can be said."
    if not attribute.groups:
        return "no two groups are large enough to compare."
    less = [g for g in attribute.groups if g.verdict == "less"]
    if less:
        often = f"surely got offers less than {least:g} times as often as the rest"
        return f"{_listed(less)} {often}. {_why(less)}"
    perhaps = [g for g in attribute.groups if g.verdict == "perhaps_less"]
    if perhaps:
        return (
            f"{_listed(perhaps)} got offers less than {least:g} times as often as the rest, which may be"
            " chance: more decisions will tell."
        )
    if all(g.verdict == "enough" for g in attribute.groups):
        return f"every group surely gets offers at least {least:g} times as often as the rest."
    return f"no sign that a group gets offers less than {least:g} times as often, but not sure for all yet."


def refusal(found: Fairness) -> str:
    """Why a run made no offers, and what to do."""
    each = "; ".join(
        f"{attribute} = {group.name} would get them {group.ratio.value:.2f} times as often as the rest"
        f" (at most {group.ratio.high:.2f})"
        for attribute, group in found.failing
    )
    return (
        f"No offers were made: {each}; guards.fairness.least_ratio is {found.least_ratio:g}. See `retinue"
        " fairness` for whether need explains it. Change what leads to it (thresholds, catalogue, budget, or"
        " what the models may see), or, where the difference is justified, set"
        ' guards.fairness.gate = "report".'
    )


def summary(found: Fairness, refused: str | None) -> dict[str, Any]:
    """What a run says of itself, JSON-ready: a verdict per attribute, and why it made no offers if so."""
    return {
        "verdicts": {a.name: verdict(a, found.least_ratio) for a in found.attributes},
        "refused": refused,
        "failing": [{"attribute": a, **group.as_dict()} for a, group in found.failing],
    }


def _group(group: Group) -> str:
    text = (
        f"{group.name}: {group.customers:,} customers, {group.offers:,} offers, {group.offered.value:.0%} of"
        f" decisions; {_times(group.ratio)} as often as the rest; given need {_times(group.alike)}"
    )
    if not math.isnan(group.cost.value) and not math.isnan(group.cost_rest.value):
        text += (
            f"; mean cost {group.cost.value:,.2f}{_between(group.cost)} against {group.cost_rest.value:,.2f}"
        )
    return text


def _why(less: Sequence[Group]) -> str:
    """Whether need explains the difference."""
    told = []
    for group in less:
        if math.isnan(group.alike.value):
            told.append(f"Whether need explains it for {group.name} cannot be told.")
        elif group.alike.high < 1:
            told.append(f"For {group.name} risk and value do not explain it.")
        elif group.alike.low <= 1 <= group.alike.high:
            told.append(f"For {group.name} customers of like risk and value show no sure difference.")
        else:
            told.append(f"For {group.name}, customers of like risk and value get more offers than others.")
    return " ".join(told)


def _times(found: Interval) -> str:
    if math.isnan(found.value):
        return "unknown times"
    high = f"{found.high:.2f}" if math.isfinite(found.high) else "any"
    return f"{found.value:.2f} times ({found.low:.2f} to {high})"


def _between(found: Interval) -> str:
    return f" ({found.low:,.2f} to {found.high:,.2f})" if math.isfinite(found.low) else ""


def _listed(groups: Sequence[Group]) -> str:
    return ", ".join(group.name for group in groups)
