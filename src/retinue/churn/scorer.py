"""The probability of one customer in microseconds, from the numbers a model reads.

A row is what `Encoding.matrix` gives: float64, missing values NaN, categories as codes. Reading a frame takes
a hundred times as long as scoring it; a service that answers one customer at a time keeps the row at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from retinue.churn.blend import Blend
from retinue.churn.calibration import Calibration
from retinue.churn.fallback import BaseRate

__all__ = ["BaseRateScorer", "ModelScorer", "Scorer"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


class Scorer(Protocol):
    """Churn probabilities of rows of numbers; `score` and `scores` give the same bits."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the numbers of a row are."""

    def score(self, row: Vector) -> float:
        """The calibrated probability of one row."""

    def scores(self, matrix: Matrix) -> Vector:
        """The calibrated probability of each row."""


@dataclass(frozen=True, slots=True)
class ModelScorer:
    """The scorer of a trained model: trees and line, blended and calibrated."""

    names: tuple[str, ...]
    blend: Blend
    calibration: Calibration

    def score(self, row: Vector) -> float:
        return self.calibration.one(self.blend.one(row))

    def scores(self, matrix: Matrix) -> Vector:
        return self.calibration.probability(self.blend.log_odds(matrix))


@dataclass(frozen=True, slots=True)
class BaseRateScorer:
    """The scorer of a fallback: a row holds the days of silence, or nothing.

    >>> BaseRateScorer(BaseRate(0.1, 0.0, 0.3, 0, 0)).score(np.empty(0))
    0.1
    """

    base: BaseRate

    @property
    def names(self) -> tuple[str, ...]:
        return (self.base.column,) if self.base.column else ()

    def score(self, row: Vector) -> float:
        return float(self.scores(row[None, :])[0])

    def scores(self, matrix: Matrix) -> Vector:
        if not self.base.column:
            return np.full(len(matrix), self.base.rate)
        return np.asarray(self.base.rates)[self.base.group_of(matrix[:, 0])]
