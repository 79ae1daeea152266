"""Trees and a line in one score: weight × booster's log-odds + (1 − weight) × logistic log-odds.

The two err in different ways: trees need many rows and cannot go beyond what they saw, a linear model misses
what is not a line. A mean of the two in log-odds is often better than either, and seldom worse than the
better one (Bates & Granger, "The Combination of Forecasts", 1969). `retinue.churn.choice` says how the
weight is found. With a weight of 0 or 1 only one of the two is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.boosting import Booster
from retinue.churn.forest import Kept
from retinue.churn.linear import Linear

__all__ = ["Blend"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blend:
    """The booster's share, and what is blended: no booster at a share of 0, no linear model at 1."""

    weight: float
    booster: Booster | None
    linear: Linear | None

    @classmethod
    def of(cls, weight: float, booster: Booster, linear: Linear) -> Blend:
        """The blend without the part that has no share."""
        return cls(weight, booster if weight > 0 else None, linear if weight < 1 else None)

    @property
    def kind(self) -> str:
        """`lightgbm`, `logistic` or `blend`."""
        if self.linear is None:
            return "lightgbm"
        return "logistic" if self.booster is None else "blend"

    def log_odds(self, matrix: Matrix) -> Vector:
        """The raw score per row, row by row: the same bits alone as among others."""
        if self.linear is None or self.booster is None:
            alone: Booster | Linear | None = self.booster or self.linear
            return alone.log_odds(matrix) if alone else np.zeros(len(matrix))
        return mixed(self.weight, self.booster.log_odds(matrix), self.linear.log_odds(matrix))

    def one(self, row: Vector) -> float:
        """The raw score of a single row: the same bits as `log_odds`."""
        if self.linear is None or self.booster is None:
            alone: Booster | Linear | None = self.booster or self.linear
            return alone.one(row) if alone else 0.0
        return self.weight * self.booster.one(row) + (1.0 - self.weight) * self.linear.one(row)

    def contributions(self, matrix: Matrix) -> Matrix:
        """One column per feature and, last, the base value; a row sums to its raw score.

        TreeSHAP of the trees and the terms of the linear model, in the shares of the blend. Shapley values
        are linear in the model, so these are the blend's own.
        """
        if self.linear is None or self.booster is None:
            alone: Booster | Linear | None = self.booster or self.linear
            return alone.contributions(matrix) if alone else np.zeros((len(matrix), matrix.shape[1] + 1))
        return mixed(self.weight, self.booster.contributions(matrix), self.linear.contributions(matrix))

    def words(self, features: int) -> str:
        """What the score is made of, in a sentence."""
        trees = f"{self.booster.trees} trees" if self.booster else ""
        line = f"logistic regression (C = {self.linear.strength:g})" if self.linear else ""
        both = f"{self.weight:g} × {trees} + {1 - self.weight:g} × {line}"
        return f"The score is {both if trees and line else trees or line}, on {features} features."

    def as_dict(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if self.booster is not None:
            body["trees"] = self.booster.text
        if self.linear is not None:
            body |= {"linear": self.linear.as_dict(), "weight": self.weight}
        return body

    @classmethod
    def from_dict(cls, body: Mapping[str, Any], kept: Kept | None = None) -> Blend:
        """Trees alone are written without a weight. `kept`: where the converted trees are kept."""
        booster = Booster(body["trees"], kept) if "trees" in body else None
        linear = Linear.from_dict(body["linear"]) if "linear" in body else None
        return cls(float(body.get("weight", 1.0)), booster, linear)


def mixed(weight: float, trees: Matrix, line: Matrix) -> Matrix:
    """Elementwise weight × trees + (1 − weight) × line.

    >>> mixed(0.25, np.array([4.0]), np.array([0.0])).tolist()
    [1.0]
    """
    whole: Matrix = weight * trees + (1.0 - weight) * line
    return whole
