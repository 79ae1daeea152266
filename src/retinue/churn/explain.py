"""Why a score is what it is: signed contributions, put into words.

Contributions are in log-odds: exact TreeSHAP values of the trees and the terms of the linear model, in the
shares of the blend. The base value and the contributions of all features sum to the raw score; what the
sentences leave out is still in `contributions`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retinue.churn.encoding import Encoding
from retinue.domain import Reason

if TYPE_CHECKING:
    from retinue.features import Feature

__all__ = ["BASE", "OTHERS", "Words", "reasons", "words_of"]

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

BASE = "(base)"
OTHERS = "(others)"
_WINDOW = re.compile(r"_(\d+)d$")


@dataclass(frozen=True, slots=True)
class Words:
    """What a feature is called and how its values are written."""

    label: str
    unit: str
    missing: str


def words_of(name: str) -> Words:
    """The catalogue's words for a feature, or its column name made readable.

    >>> words_of("login_count_30d").label, words_of("PaymentMethod").label
    ('logins in the last 30 days', 'payment method')
    """
    feature = _catalogue().get(name)
    if feature is not None:
        compares = feature.unit == "ratio" and re.search(r"against|^change", feature.label)
        return Words(feature.label, "change" if compares else feature.unit, feature.missing)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    label = re.sub(r"[_\s]+", " ", _WINDOW.sub(r" in the last \1 days", spaced)).strip().lower()
    return Words(label or name, "", "")


@cache
def _catalogue() -> Mapping[str, Feature]:
    from retinue.features import CATALOGUE

    return {feature.name: feature for feature in CATALOGUE}


def value_text(value: float | None, unit: str, categories: Sequence[str] | None = None) -> str:
    """A value as a reader expects it.

    `change` is a ratio told as a percentage: 0.4 times as much is 60 % less.

    >>> [value_text(v, u) for v, u in ((41.0, "days"), (0.256, "share"), (0.4, "change"), (None, "days"))]
    ['41', '26 %', '-60 %', 'unknown']
    """
    if value is None or math.isnan(value):
        return "unknown"
    if categories is not None:
        return categories[int(value)]
    if unit == "0 or 1":
        return "yes" if value else "no"
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "change":
        return f"{100 * (value - 1):+.0f} %"
    if unit == "ratio":
        return f"{value:.1f} ×"
    if abs(value - round(value)) < 1e-9:
        return f"{round(value):,}"
    digits = 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}" if abs(value) >= 0.01 else f"{value:.2g}"


def reasons(
    encoding: Encoding,
    words: Mapping[str, Words],
    matrix: Matrix,
    contributions: Matrix,
    *,
    top: int,
    complete: bool,
) -> list[tuple[Reason, ...]]:
    """The strongest contributions of each row, strongest first.

    Windows of one measure (the last 7, 30, 90 days) say nearly the same; only the strongest of them is
    named. With `complete` two more reasons follow, `(others)` and `(base)`, and a tuple sums to the score.
    """
    stems = [_WINDOW.sub("", name) for name in encoding.names]
    out: list[tuple[Reason, ...]] = []
    order = np.argsort(-np.abs(contributions[:, :-1]), axis=1, kind="stable")
    for row in range(len(matrix)):
        chosen: list[int] = []
        used: set[str] = set()
        for position in order[row]:
            if len(chosen) == top or contributions[row, position] == 0.0:
                break
            if stems[position] not in used:
                used.add(stems[position])
                chosen.append(int(position))
        told = [_reason(encoding, words, matrix[row], contributions[row], p) for p in chosen]
        if complete:
            base = float(contributions[row, -1])
            named = math.fsum(r.contribution for r in told)
            rest = math.fsum(contributions[row, :-1]) - named
            told.append(Reason(OTHERS, None, rest, f"all other features together {_effect(rest)}"))
            told.append(Reason(BASE, None, base, "the average customer's score"))
        out.append(tuple(told))
    return out


def _effect(contribution: float) -> str:
    return (
        "raise the risk" if contribution > 0 else "lower the risk" if contribution < 0 else "change nothing"
    )


def _reason(
    encoding: Encoding, words: Mapping[str, Words], values: Vector, contributions: Vector, position: int
) -> Reason:
    name = encoding.names[position]
    word = words[name]
    categories = encoding.categories.get(name)
    value = None if np.isnan(values[position]) else float(values[position])
    contribution = float(contributions[position])
    typical = value_text(encoding.typical[name], word.unit, categories)
    shown = value_text(value, word.unit, categories)
    if value is None and word.missing and not word.missing.startswith("never"):
        shown = word.missing
    effect = "raises the risk" if contribution > 0 else "lowers the risk"
    return Reason(name, value, contribution, f"{word.label}: {shown} (typical {typical}), {effect}")
