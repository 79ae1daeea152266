"""The difference an arm makes, by augmented inverse probability weighting.

For unit i with arm A_i, known probability p_i(a) > 0 of each arm, outcome Y_i and a guess m_a(X_i) of the
outcome under arm a (`adjustment`; it never saw unit i)

    phi_i(a) = m_a(X_i) + 1[A_i = a] / p_i(a) * (Y_i - m_a(X_i))
    psi_i    = phi_i(a) - phi_i(b),      estimate = sum(psi_i) / n

Each psi_i has the true mean difference as its expectation whatever the guess, and also when a bandit chose
the probabilities from what it had seen so far. Rows of one customer are not independent: with clusters c of
n_c rows the standard deviation is that of (S_c - n_c * estimate) / mean(n_c), S_c = sum of psi over c.

Assumptions: the logged probabilities are those that were used, and stay away from 0; one customer's arm does
not change another's outcome.

Sources: Robins, Rotnitzky and Zhao (1994), "Estimation of regression coefficients when some regressors are
not always observed"; Hadad, Hirshberg, Zhan, Wager and Athey (2021), "Confidence intervals for policy
evaluation in adaptive experiments"; for the intervals see `confidence`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.outcomes.adjustment import FOLDS, cross_fitted, design, predicted
from retinue.outcomes.confidence import ALPHA, BEST_AT, fixed_margin, valid_margin

__all__ = ["Estimate", "contrast", "estimate_of", "scores", "terms_of"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its two 95 % intervals, in the unit of the outcome.

    low, high: for one look at a planned time. always_low, always_high: valid however often one looks.
    sd: standard deviation of a unit's term. units: independent units (customers). variance_ratio: variance
    after adjustment ÷ before it (below 1 the covariates helped).
    """

    value: float
    sd: float
    units: int
    low: float
    high: float
    always_low: float
    always_high: float
    variance_ratio: float = 1.0

    @property
    def margin(self) -> float:
        """Half the width of the interval for one look."""
        return self.high - self.value

    @property
    def always_margin(self) -> float:
        """Half the width of the interval that may be looked at daily."""
        return self.always_high - self.value

    @property
    def standard_error(self) -> float:
        return self.sd / float(np.sqrt(self.units)) if self.units else float("inf")

    def scaled(self, factor: float) -> Estimate:
        """The same for `factor` times the outcome (factor > 0), such as a sum over so many customers."""
        return replace(
            self,
            value=self.value * factor,
            sd=self.sd * factor,
            low=self.low * factor,
            high=self.high * factor,
            always_low=self.always_low * factor,
            always_high=self.always_high * factor,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; an endless interval has null ends."""
        return {k: (None if v != v or abs(v) == float("inf") else v) for k, v in asdict(self).items()}


def scores(outcome: Floats, drawn: Bools, probability: Floats, guess: Floats) -> Floats:
    """phi: each unit's unbiased term for the mean outcome under one arm.

    >>> y, drawn = np.array([1.0, 0.0]), np.array([True, False])
    >>> scores(y, drawn, np.array([0.5, 0.5]), np.array([0.5, 0.5])).tolist()
    [1.5, 0.5]
    """
    weight = np.zeros(len(outcome))
    weight[drawn] = 1.0 / probability[drawn]
    return guess + weight * np.where(drawn, outcome - guess, 0.0)


def contrast(
    outcome: Floats,
    drawn: Bools,
    control: Bools,
    probability: Floats,
    control_probability: Floats,
    *,
    covariates: Floats | None = None,
    clusters: NDArray[np.intp] | None = None,
    period: NDArray[np.intp] | None = None,
    alpha: float = ALPHA,
    best_at: float = BEST_AT,
) -> Estimate:
    """Mean outcome under one arm less that under another, over all rows given.

    Parameters
    ----------
    outcome: n values; those of rows in neither arm are not looked at (they may be NaN).
    drawn, control: which rows got the arm, and which the arm compared with.
    probability, control_probability: of these two arms for each row, as known before the draw; positive.
    covariates: n x p values known before the draw; NaN where unknown.
    clusters: number of the customer of each row; default: each row is a customer of its own.
    period: when the draw was made, as a rising number. Give it when a bandit drew: guesses then use earlier
        periods only (`adjustment.predicted`). Without it they are cross-fitted.

    >>> rng = np.random.default_rng(0)
    >>> treated = rng.random(4000) < 0.8
    >>> y = (rng.random(4000) < 0.7 + 0.1 * treated).astype(float)
    >>> found = contrast(y, treated, ~treated, np.full(4000, 0.8), np.full(4000, 0.2))
    >>> found.low < 0.1 < found.high, found.always_low < found.low
    (True, True)
    """
    after, before = terms_of(
        outcome,
        drawn,
        control,
        probability,
        control_probability,
        covariates=covariates,
        clusters=clusters,
        period=period,
    )
    if covariates is None:
        return estimate_of(after, clusters=clusters, alpha=alpha, best_at=best_at)
    plain = estimate_of(before, clusters=clusters, alpha=alpha, best_at=best_at)
    first = estimate_of(after, clusters=clusters, alpha=alpha, best_at=best_at)
    ratio = (first.sd / plain.sd) ** 2 if plain.sd > 0 else 1.0
    return estimate_of(after, clusters=clusters, alpha=alpha, best_at=best_at, variance_ratio=ratio)


def terms_of(
    outcome: Floats,
    drawn: Bools,
    control: Bools,
    probability: Floats,
    control_probability: Floats,
    *,
    covariates: Floats | None = None,
    clusters: NDArray[np.intp] | None = None,
    period: NDArray[np.intp] | None = None,
) -> tuple[Floats, Floats]:
    """psi of each row, and what it would be without covariates; arguments as of `contrast`."""
    rows = len(outcome)
    y = np.where(drawn | control, outcome, 0.0)
    folds = _folds(rows, clusters)

    def terms(x: Floats) -> Floats:
        if period is not None:
            up = predicted(y, drawn, x, period, folds)
            down = predicted(y, control, x, period, folds)
        else:
            up, down = cross_fitted(y, drawn, x, folds), cross_fitted(y, control, x, folds)
        return scores(y, drawn, probability, up) - scores(y, control, control_probability, down)

    plain = terms(design(None, rows))
    return (plain if covariates is None else terms(design(covariates, rows))), plain


def estimate_of(
    terms: Floats,
    *,
    clusters: NDArray[np.intp] | None = None,
    alpha: float = ALPHA,
    best_at: float = BEST_AT,
    variance_ratio: float = 1.0,
) -> Estimate:
    """The mean of the terms with both intervals; terms of one cluster count as one unit."""
    if not len(terms):
        return Estimate(float("nan"), float("nan"), 0, *(float("nan"),) * 4)
    value = float(terms.mean())
    units, rest = len(terms), terms - value
    if clusters is not None:
        _, position = np.unique(clusters, return_inverse=True)
        sums = np.bincount(position, weights=rest)
        units = len(sums)
        rest = sums * units / len(terms)
    sd = float(np.sqrt((rest**2).sum() / max(units - 1, 1)))
    fixed = float(fixed_margin(units, sd, alpha=alpha))
    always = float(valid_margin(units, sd, alpha=alpha, best_at=best_at))
    return Estimate(
        value, sd, units, value - fixed, value + fixed, value - always, value + always, variance_ratio
    )


def _folds(rows: int, clusters: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """The fold of each row; rows of a customer share one."""
    if clusters is None:
        return np.arange(rows, dtype=np.intp) % FOLDS
    return np.asarray(np.unique(clusters, return_inverse=True)[1] % FOLDS, dtype=np.intp)
