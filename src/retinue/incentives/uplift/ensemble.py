"""A learner fitted on pairs of complementary halves of the customers: mean, error, and an honest look.

Each pair splits the customers at random into halves A and B, and the learner is fitted on each from nothing.

* **Effect:** the mean over all 2P fits (subagging).
* **Error:** A and B are independent, so half their difference has the variance of their mean whatever the
  learner: var = mean over pairs of ((A - B) / 2)^2. This is the variance of one pair's mean; averaging over
  pairs can only lower it, so the error errs on the side of caution. It is known from P draws only, so it is
  widened by the ratio of Student's t (P degrees) to the normal at 97.5 %: a normal 95 % interval is then
  right.
* **Out of fold:** the customers are cut into folds; each fold's effects come from pairs of halves of the
  *other* folds, so that nothing behind them, no nuisance model either, has seen the fold. The error is that
  of the whole, for the smaller sample: times sqrt(folds / (folds - 1)).
* **Order:** within a fold the order is independent of the fold's outcomes. Across folds it is not: a fold
  whose effect happens to be high leaves a lower mean to the others, so that pooled effects look worse than
  chance where nothing differs. `order` is therefore each customer's rank within the fold.

Assumption: customers are independent of each other; their own rows need not be. The error measures sampling
noise, not the smoothing of the learner (its bias towards the mean effect).

Sources: Bühlmann and Yu (2002), "Analyzing bagging", Annals of Statistics 30; Politis, Romano and Wolf
(1999), "Subsampling"; Athey, Tibshirani and Wager (2019), "Generalized random forests", section 4 (little
bags of half-samples).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit
from scipy.stats import rankdata

from retinue.errors import DataError, UsageError
from retinue.incentives.uplift.effects import Effects, Floats
from retinue.incentives.uplift.models import Model
from retinue.incentives.uplift.trial import Trial, dealt

__all__ = ["PAIRS", "Fit", "Uplift", "half_samples", "ranks"]

PAIRS = 10
Rows = npt.NDArray[np.intp]
Pair = tuple[Model, Model]
Fit = Callable[[Trial, Rows, int], Model]
"""From a trial, the rows to learn from and a seed to a function from X (m x p) to effects (m x k)."""


@dataclass(frozen=True, slots=True, eq=False)
class Uplift:
    """A fitted learner.

    learner: its name. out_of_fold: effects of the customers it was fitted on, each by fits that have not seen
    the customer. order: their ranks within the fold, 0 to 1 (n x k), highest for the largest effect: the
    score that an evaluation must use. fold: of each row. trial: what it was fitted on.
    """

    learner: str
    out_of_fold: Effects
    order: Floats
    fold: Rows
    trial: Trial
    pairs: tuple[Pair, ...]

    def predict(self, X: npt.ArrayLike) -> Effects:
        """The effects of any customers (m x p), by all fits; DataError where the columns differ in number."""
        features = np.asarray(X, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != self.trial.X.shape[1]:
            raise DataError(
                f"X is {features.shape}; the learner was fitted on {self.trial.X.shape[1]} features.",
                where="X",
            )
        effect, error = _told(self.pairs, features)
        return Effects(effect, _widened(len(self.pairs)) * error)


def half_samples(name: str, fit: Fit, trial: Trial, *, pairs: int, folds: int, seed: int) -> Uplift:
    """Fit `fit` on `pairs` pairs of halves of all, and on a share of as many for each fold's others.

    Raises UsageError for fewer than two pairs or folds.
    """
    if pairs < 2 or folds < 2:
        raise UsageError(
            f"{pairs} pairs of halves and {folds} folds are too few.",
            where="pairs, folds",
            fix="Use 10 and 5.",
        )
    everyone = np.arange(len(trial), dtype=np.intp)
    whole = _fitted(fit, trial, everyone, pairs, seed)
    error = _widened(pairs) * _told(whole, trial.X)[1] * np.sqrt(folds / (folds - 1))
    fold = dealt(trial.treatment, trial.cluster, folds, seed=seed)
    effect, order = np.empty(error.shape), np.empty(error.shape)
    for part in range(folds):
        inside = fold == part
        others = _fitted(fit, trial, everyone[~inside], max(1, pairs // folds), seed + 17 * (part + 1))
        effect[inside] = _told(others, trial.X[inside])[0]
        order[inside] = ranks(effect[inside])
    return Uplift(name, Effects(effect, error), order, fold, trial, whole)


def ranks(values: Floats) -> Floats:
    """Ranks within each column as shares of the whole, equal values sharing theirs.

    >>> ranks(np.array([[3.0], [1.0], [1.0], [9.0]]))[:, 0].tolist()
    [0.625, 0.25, 0.25, 0.875]
    """
    found: Floats = (rankdata(values, axis=0) - 0.5) / len(values)
    return found


def _fitted(fit: Fit, trial: Trial, rows: Rows, pairs: int, seed: int) -> tuple[Pair, ...]:
    fitted = []
    for pair in range(pairs):
        own = seed * 1_000_003 + 7_919 * pair
        half = dealt(trial.treatment[rows], trial.cluster[rows], 2, seed=own)
        fitted.append((fit(trial, rows[half == 0], own + 1), fit(trial, rows[half == 1], own + 2)))
    return tuple(fitted)


def _told(pairs: tuple[Pair, ...], X: Floats) -> tuple[Floats, Floats]:
    """Mean effect and, from the differences within pairs, its error, not widened."""
    total, squares = np.zeros(()), np.zeros(())
    for first, second in pairs:
        a, b = first(X), second(X)
        total, squares = total + (a + b), squares + ((a - b) / 2) ** 2
    return total / (2 * len(pairs)), np.sqrt(squares / len(pairs))


def _widened(pairs: int) -> float:
    return float(stdtrit(pairs, 0.975) / ndtri(0.975))
