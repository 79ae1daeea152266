"""A ridge logistic regression that shares the booster's columns, for the log-odds of churn.

Trees need many rows to draw a straight line; a linear model has it from the start, which is what small data
ask for. It is additive: every column gives its own share of the score, so the score is explained by its own
terms. Missing numbers take the training median, with a term of their own for being missing where that is
neither rare nor the rule; values beyond the 1st and the 99th training percentile are read as these
(winsorised), so that no line is drawn out further than the data it was fitted to. Text is one-hot.

Scoring adds one term after the other: a row's sum has the same bits alone as among others, which a product
of matrices does not promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

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

BLOCK = 8_192
"""Rows scored at once, so that the terms of a block stay in the processor's cache."""


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

    def as_list(self) -> list[Any]:
        return [self.absent, self.offset, self.slope, self.low, self.high, list(self.levels)]

    @classmethod
    def from_list(cls, told: Sequence[Any]) -> Term:
        absent, offset, slope, low, high, levels = told
        return cls(absent, offset, slope, low, high, tuple(levels))


@dataclass(frozen=True)
class Linear:
    """An intercept (the mean training score) and a term per column of the encoding."""

    strength: float
    intercept: float
    terms: tuple[Term, ...]

    def log_odds(self, matrix: Matrix) -> Vector:
        """The raw score per row: the intercept and the terms, added in their order."""
        total = np.empty(len(matrix))
        for start in range(0, len(matrix), BLOCK):
            # A running sum adds in order, which a sum over an axis does not promise.
            running = np.add.accumulate(self._row(matrix[start : start + BLOCK]), axis=1)
            total[start : start + BLOCK] = running[:, -1]
        return total

    def one(self, row: Vector) -> float:
        """The raw score of a single row: the same bits as `log_odds`."""
        return float(np.add.accumulate(self._row(row))[-1])

    def contributions(self, matrix: Matrix) -> Matrix:
        """Coefficient × (standardised value − training mean) per column and, last, the intercept.

        >>> number = Term(absent=0.3, offset=-1.0, slope=0.5, low=0.0, high=4.0)
        >>> text = Term(absent=0.0, levels=(0.7, -0.7))
        >>> line = Linear(0.1, -2.0, (number, text))
        >>> line.contributions(np.array([[2.0, 1.0], [9.0, 0.0], [np.nan, np.nan]])).tolist()
        [[0.0, -0.7, -2.0], [1.0, 0.7, -2.0], [0.3, 0.0, -2.0]]
        """
        return np.roll(self._row(matrix), -1, axis=1)

    def _row(self, matrix: Matrix) -> Matrix:
        """The intercept and the share of every column, of one row or of each row of a matrix."""
        number, text = self._numbers, self._texts
        out = np.empty((*matrix.shape[:-1], len(self.terms) + 1))
        out[..., 0] = self.intercept
        shares = out[..., 1:]
        np.fmax(matrix, number.low, out=shares)
        np.minimum(shares, number.high, out=shares)
        np.multiply(shares, number.slope, out=shares)
        np.add(shares, number.offset, out=shares)
        np.copyto(shares, number.absent, where=np.isnan(matrix))
        if len(text.column):
            codes = np.fmin(matrix[..., text.column], text.categories).astype(np.int64)
            shares[..., text.column] = text.shares.take(codes + text.first)
        return out

    @cached_property
    def _numbers(self) -> _Numbers:
        found = [[t.absent, t.offset, t.slope, t.low, t.high] for t in self.terms]
        return _Numbers(*np.array(found, dtype=np.float64).reshape(-1, 5).T)

    @cached_property
    def _texts(self) -> _Texts:
        """All tables one after the other; the share of a missing value follows the last category."""
        column = [place for place, term in enumerate(self.terms) if term.levels]
        tables = [[*self.terms[place].levels, self.terms[place].absent] for place in column]
        sizes = [len(table) for table in tables]
        return _Texts(
            np.array(column, dtype=np.int64),
            np.cumsum([0, *sizes])[:-1].astype(np.int64),
            np.array(sizes, dtype=np.float64) - 1,
            np.array([share for table in tables for share in table], dtype=np.float64),
        )

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


class _Numbers(NamedTuple):
    """The terms by their parts, one entry for each column."""

    absent: Vector
    offset: Vector
    slope: Vector
    low: Vector
    high: Vector


class _Texts(NamedTuple):
    """The categorical columns: where the table of each begins, how many categories it has, all shares."""

    column: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    categories: Vector
    shares: Vector


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
