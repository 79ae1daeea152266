"""What a unit's outcome would be guessed to be from what was known before: regression adjustment (CUPED).

A guess m(X) of the outcome takes out of the comparison what was known beforehand. It cannot bias it, because
the probabilities of the arms are known: a useless guess only leaves the variance as it was. The guess is
linear in the covariates (least squares with a light ridge), and never sees the unit it is for:

* `cross_fitted` for arms drawn once and independently: each fifth is guessed from the other four;
* `predicted` for actions a bandit drew: each period is guessed from earlier periods only, so that the guess
  is settled before the action is drawn and the terms stay martingale differences. The first, in which the
  bandit had learned nothing yet, is cross-fitted.

Sources: Deng, Xu, Kohavi and Walker (2013), "Improving the sensitivity of online controlled experiments by
utilizing pre-experiment data" (CUPED); Lin (2013), "Agnostic notes on regression adjustments to experimental
data"; Chernozhukov et al. (2018), "Double/debiased machine learning".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cross_fitted", "design", "predicted"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOLDS = 5
ROWS_PER_COLUMN = 10
"""With fewer rows for each column the guess is the plain mean."""
RIDGE = 1e-3


def design(covariates: Floats | None, rows: int) -> Floats:
    """Columns to regress on (rows x p): a constant, standardised covariates, and flags of what is missing.

    Long tails are cut at four standard deviations, so that one large customer does not bend the line.

    >>> design(np.array([[1.0], [np.nan], [3.0]]), 3).tolist()
    [[1.0, -1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    columns = [np.ones(rows)]
    for column in [] if covariates is None else np.atleast_2d(covariates.T):
        missing = ~np.isfinite(column)
        known = column[~missing]
        sd = float(known.std()) if known.size else 0.0
        if sd > 0:
            scaled = np.where(missing, 0.0, (np.where(missing, 0.0, column) - known.mean()) / sd)
            columns.append(np.clip(scaled, -4.0, 4.0))
            if missing.any():
                columns.append(missing.astype(np.float64))
    return np.stack(columns, axis=1)


def cross_fitted(outcome: Floats, arm: Bools, x: Floats, groups: NDArray[np.intp]) -> Floats:
    """A guess for every row from the rows of the arm in the other folds; `groups` is the fold of each row."""
    if x.shape[1] == 1:
        return _mean_of_others(outcome, arm, groups)
    guess = np.zeros(len(outcome))
    for fold in np.unique(groups):
        inside = groups == fold
        guess[inside] = x[inside] @ _fit(outcome, arm & ~inside, x)
    return guess


def predicted(
    outcome: Floats, arm: Bools, x: Floats, period: NDArray[np.intp], groups: NDArray[np.intp]
) -> Floats:
    """A guess for every row from the rows of the arm in earlier periods; in the first, from other folds."""
    first, *later = np.unique(period)
    opening = period == first
    guess = np.zeros(len(outcome))
    guess[opening] = cross_fitted(outcome[opening], arm[opening], x[opening], groups[opening])
    for now in later:
        guess[period == now] = x[period == now] @ _fit(outcome, arm & (period < now), x)
    return guess


def _mean_of_others(outcome: Floats, arm: Bools, groups: NDArray[np.intp]) -> Floats:
    """The mean of the arm in the other folds; 0 where they hold none of it."""
    many = np.bincount(groups, weights=arm)
    total = np.bincount(groups, weights=np.where(arm, outcome, 0.0))
    mean = (total.sum() - total) / np.maximum(many.sum() - many, 1.0)
    return np.asarray(mean[groups])


def _fit(outcome: Floats, rows: Bools, x: Floats) -> Floats:
    """Coefficients by least squares with a ridge on all but the constant; the mean when rows are few."""
    coefficients = np.zeros(x.shape[1])
    many = int(rows.sum())
    if many < ROWS_PER_COLUMN * x.shape[1]:
        coefficients[0] = outcome[rows].mean() if many else 0.0
        return coefficients
    if x.shape[1] == 1:
        coefficients[0] = outcome[rows].mean()
        return coefficients
    a, b = x[rows], outcome[rows]
    penalty = np.full(x.shape[1], RIDGE * many)
    penalty[0] = 0.0
    return np.asarray(np.linalg.solve(a.T @ a + np.diag(penalty), a.T @ b))
