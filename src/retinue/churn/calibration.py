"""From the score's log-odds to probabilities that mean what they say.

With at least 500 churners and 500 stayers in the middle part: isotonic regression (Zadrozny & Elkan, KDD
2002), read as a strictly rising line through the centres of its blocks. With fewer, but at least 20 of each:
Platt scaling (Platt 1999, with his smoothed targets), which has two parameters only. With fewer still the
log-odds are taken as they are. Niculescu-Mizil & Caruana (ICML 2005) find isotonic better from about a
thousand cases on.

The middle part alone sets the level: it is the time nearest to the customers scored. Drawing it towards the
training part's level helps where the base rate moves to and fro with the season and harms where it moves on;
which of the two holds cannot be told from the few dates there are.

Every map is strictly rising, so that the ranking of customers stays, and never gives exactly 0 or 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

__all__ = ["PLATT_FROM", "Calibration", "fit_calibration", "platt"]

Vector = npt.NDArray[np.float64]

ISOTONIC_FROM = 500
PLATT_FROM = 20
LEAST_SLOPE = 1e-3
"""A score without information still orders customers, a hair apart."""
EXTREME = 1e-6
"""No probability is nearer to 0 or 1."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A piecewise-linear map of log-odds: knots, and the slope beyond the outer ones.

    >>> same = Calibration("none", "too few", (0.0,), (0.0,), 1.0)
    >>> same.probability(np.array([-100.0, 0.0, 100.0])).tolist()
    [1e-06, 0.5, 0.999999]
    """

    method: str
    why: str
    score: tuple[float, ...]
    log_odds: tuple[float, ...]
    slope: float

    def probability(self, raw: Vector) -> Vector:
        """Calibrated probabilities, row by row: a row's value does not depend on its neighbours."""
        x, z = np.asarray(self.score), np.asarray(self.log_odds)
        mapped = np.where(raw <= x[0], z[0] + self.slope * (raw - x[0]), z[-1] + self.slope * (raw - x[-1]))
        if len(x) > 1:
            piece = np.clip(np.searchsorted(x, raw, side="right") - 1, 0, len(x) - 2)
            share = (raw - x[piece]) / (x[piece + 1] - x[piece])
            inside = (raw > x[0]) & (raw < x[-1])
            mapped = np.where(inside, z[piece] + share * (z[piece + 1] - z[piece]), mapped)
        bounded: Vector = np.clip(expit(mapped), EXTREME, 1 - EXTREME)
        return bounded

    def one(self, raw: float) -> float:
        """The probability of a single score: the same bits as `probability`."""
        x, z = self.score, self.log_odds
        if raw <= x[0]:
            mapped = z[0] + self.slope * (raw - x[0])
        elif raw >= x[-1]:
            mapped = z[-1] + self.slope * (raw - x[-1])
        else:
            piece = bisect_right(x, raw) - 1
            share = (raw - x[piece]) / (x[piece + 1] - x[piece])
            mapped = z[piece] + share * (z[piece + 1] - z[piece])
        return min(max(float(expit(mapped)), EXTREME), 1 - EXTREME)

    def as_dict(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "why": self.why,
            "score": list(self.score),
            "log_odds": list(self.log_odds),
            "slope": self.slope,
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Calibration:
        return cls(
            body["method"], body["why"], tuple(body["score"]), tuple(body["log_odds"]), float(body["slope"])
        )


def fit_calibration(raw: Vector, outcome: Vector) -> Calibration:
    """Fit the map to raw scores and outcomes (1 churned, 0 stayed) of the middle part."""
    churners = int(outcome.sum())
    least = min(churners, len(outcome) - churners)
    if least < PLATT_FROM:
        why = f"the middle part holds only {least} of the rarer outcome: the log-odds are used as they are"
        return Calibration("none", why, (0.0,), (0.0,), 1.0)
    intercept, slope = platt(raw, outcome)
    if least >= ISOTONIC_FROM:
        knots = _isotonic(raw, outcome)
        if len(knots[0]) > 1:
            why = f"the middle part holds {least:,} of the rarer outcome, enough for a free form"
            return Calibration("isotonic", why, *knots, slope)
    why = f"the middle part holds {least:,} of the rarer outcome: two parameters are safer than a free form"
    return Calibration("platt", why, (0.0,), (intercept,), slope)


def platt(raw: Vector, outcome: Vector) -> tuple[float, float]:
    """Intercept and slope of a logistic regression on the raw score, by Newton's method."""
    churners = outcome.sum()
    stayers = len(outcome) - churners
    target = np.where(outcome > 0, (churners + 1) / (churners + 2), 1 / (stayers + 2))
    design = np.column_stack([np.ones_like(raw), raw - raw.mean()])
    weights = np.array([logit(target.mean()), 0.0])
    for _ in range(50):
        p = expit(design @ weights)
        gradient = design.T @ (p - target)
        # A trace of ridge keeps the step finite when every score is the same.
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-12:
            break
    if not np.isfinite(weights).all() or weights[1] < LEAST_SLOPE:
        weights = np.array([logit(target.mean()), LEAST_SLOPE])
    return float(weights[0] - weights[1] * raw.mean()), float(weights[1])


def _isotonic(raw: Vector, outcome: Vector) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Block centres and smoothed log-odds, both strictly rising.

    Scores are first gathered in equal bins of at least 50 rows, then neighbours that do not rise are pooled.
    Each block is drawn towards the base rate by the weight of one row, which keeps it off 0 and 1.
    """
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(raw, kind="stable")
    score, y = raw[order], outcome[order]
    edges = np.unique(np.linspace(0, len(y), min(200, len(y) // 50) + 1).astype(int))[:-1]
    # Equal scores stay in one bin: it starts where its first score does.
    edges = np.unique(np.searchsorted(score, score[edges], side="left"))
    size = np.diff(np.append(edges, len(y))).astype(float)
    centre = np.add.reduceat(score, edges) / size
    smoothed = (np.add.reduceat(y, edges) + y.mean()) / (size + 1)
    level = isotonic_regression(smoothed, sample_weight=size)
    block = np.concatenate([[0], np.cumsum(np.diff(level) > 0)])
    weight = np.bincount(block, size)
    centres = np.bincount(block, centre * size) / weight
    levels = logit(np.bincount(block, level * size) / weight)
    rising = np.concatenate([[True], (np.diff(centres) > 1e-9) & (np.diff(levels) > 1e-9)])
    return tuple(map(float, centres[rising])), tuple(map(float, levels[rising]))
