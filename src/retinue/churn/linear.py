"""A ridge logistic regression that shares the booster's columns, for the log-odds of churn.

Trees need many rows to draw a straight line; a linear model has it from the start, which is what small data
ask for. It is additive: every column gives its own share of the score, so the score is explained by its own
terms. Missing numbers take the training median, with a term of their own for being missing where that is
neither rare nor the rule; values beyond the 1st and the 99th training percentile are read as these
(winsorised), so that no line is drawn out further than the data it was fitted to. Text is one-hot.

Scoring adds one column after the other: a row's sum has the same bits alone as among others, which a product
of matrices does not promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.encoding import Encoding

__all__ = ["STRENGTHS", "Linear", "Term", "fit_path"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

STRENGTHS = (0.001, 0.01, 0.1)
"""Inverse weights of the ridge penalty (C) to choose from, the strongest penalty first."""
TAILS = (1.0, 99.0)
TOLD_MISSING = (0.01, 0.99)
"""Shares of missing values between which being missing has a term of its own."""
MOST_ROWS = 50_000
"""Rows to fit to: the coefficients of more are the same to the digits that matter."""


@dataclass(frozen=True, slots=True)
class Term:
    """What one column adds to the score; its mean over the training rows is 0.

    A number x adds offset + slope · min(max(x, low), high), a missing one `absent`. A category adds the entry
    of `levels` at its code.
    """

    absent: float
    offset: float = 0.0
    slope: float = 0.0
    low: float = 0.0
    high: float = 0.0
    levels: tuple[float, ...] = ()

    def of(self, values: Vector) -> Vector:
        """The share of each value.

        >>> term = Term(absent=0.3, offset=-1.0, slope=0.5, low=0.0, high=4.0)
        >>> term.of(np.array([2.0, 9.0, np.nan])).tolist()
        [0.0, 1.0, 0.3]
        """
        known = ~np.isnan(values)
        if self.levels:
            table = np.array([*self.levels, self.absent])
            share: Vector = table[np.where(known, values, len(self.levels)).astype(np.int64)]
            return share
        line = self.offset + self.slope * np.clip(np.where(known, values, self.low), self.low, self.high)
        return np.where(known, line, self.absent)

    def as_list(self) -> list[Any]:
        return [self.absent, self.offset, self.slope, self.low, self.high, list(self.levels)]

    @classmethod
    def from_list(cls, told: Sequence[Any]) -> Term:
        absent, offset, slope, low, high, levels = told
        return cls(absent, offset, slope, low, high, tuple(levels))


@dataclass(frozen=True, slots=True)
class Linear:
    """An intercept (the mean training score) and a term per column of the encoding."""

    strength: float
    intercept: float
    terms: tuple[Term, ...]

    def log_odds(self, matrix: Matrix) -> Vector:
        """The raw score per row."""
        total = np.full(len(matrix), self.intercept)
        for position, term in enumerate(self.terms):
            total += term.of(matrix[:, position])
        return total

    def contributions(self, matrix: Matrix) -> Matrix:
        """Coefficient × (standardised value − training mean) per column and, last, the intercept."""
        out = np.empty((len(matrix), len(self.terms) + 1))
        for position, term in enumerate(self.terms):
            out[:, position] = term.of(matrix[:, position])
        out[:, -1] = self.intercept
        return out

    def as_dict(self) -> dict[str, Any]:
        return {
            "strength": self.strength,
            "intercept": self.intercept,
            "terms": [term.as_list() for term in self.terms],
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Linear:
        terms = tuple(Term.from_list(told) for told in body["terms"])
        return cls(float(body["strength"]), float(body["intercept"]), terms)


def fit_path(encoding: Encoding, matrix: Matrix, outcome: Vector) -> tuple[Linear, ...]:
    """One model per entry of `STRENGTHS`, all on the same rows (every n-th row of more than 50,000)."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    step = -(-len(outcome) // MOST_ROWS)
    matrix, outcome = matrix[::step], outcome[::step]
    columns = [_Column.learn(encoding, position, matrix[:, position]) for position in range(matrix.shape[1])]
    design = np.hstack([c.design(matrix[:, position]) for position, c in enumerate(columns)])
    mean, deviation = design.mean(axis=0), design.std(axis=0)
    # What is the same for all has a deviation of 0 but for rounding; its coefficient must stay 0.
    deviation[np.ptp(design, axis=0) == 0] = 1.0
    design -= mean
    design /= deviation
    path = []
    # One thread: how a sum is divided among several would show in its last digits.
    with threadpool_limits(1, user_api="blas"):
        model = LogisticRegression(solver="newton-cholesky", max_iter=100, tol=1e-5, warm_start=True)
        for strength in STRENGTHS:
            model.set_params(C=strength).fit(design, outcome)
            weights = model.coef_[0] / deviation
            terms, start = [], 0
            for column in columns:
                stop = start + column.width
                terms.append(column.term(weights[start:stop], mean[start:stop]))
                start = stop
            path.append(Linear(strength, float(model.intercept_[0]), tuple(terms)))
    return tuple(path)


@dataclass(frozen=True, slots=True)
class _Column:
    """How one column enters the design: as a number, as a number and its absence, or one-hot."""

    categories: int
    fill: float
    low: float
    high: float
    told_missing: bool

    @classmethod
    def learn(cls, encoding: Encoding, position: int, values: Vector) -> _Column:
        name = encoding.names[position]
        present = values[~np.isnan(values)]
        if name in encoding.categories or not len(present):
            return cls(len(encoding.categories.get(name, ())), 0.0, 0.0, 0.0, told_missing=False)
        low, high = (float(bound) for bound in np.percentile(present, TAILS))
        if low == high:
            # A rare event lies beyond the percentiles altogether: it must not be read as its absence.
            low, high = float(present.min()), float(present.max())
        share = 1 - len(present) / len(values)
        told = TOLD_MISSING[0] <= share <= TOLD_MISSING[1]
        return cls(0, float(np.clip(np.median(present), low, high)), low, high, told)

    @property
    def width(self) -> int:
        return self.categories or 1 + self.told_missing

    def design(self, values: Vector) -> Matrix:
        if self.categories:
            hot: Matrix = (values[:, None] == np.arange(self.categories)[None, :]).astype(np.float64)
            return hot
        missing = np.isnan(values)
        number = np.clip(np.where(missing, self.fill, values), self.low, self.high)
        return np.column_stack([number, missing] if self.told_missing else [number]).astype(np.float64)

    def term(self, weights: Vector, mean: Vector) -> Term:
        """The term from coefficients per unit of the design's columns, and their training means."""
        centre = -float((weights * mean).sum())
        if self.categories:
            return Term(absent=centre, levels=tuple(float(w) + centre for w in weights))
        slope = float(weights[0])
        absent = centre + slope * self.fill + (float(weights[1]) if self.told_missing else 0.0)
        return Term(absent, centre, slope, self.low, self.high)
