"""A learner fitted on pairs of complementary halves of the customers: mean, error, and an honest look.

Each pair splits the customers at random into halves A and B, and the learner is fitted on each from nothing.

* **Effect:** the mean over all 2P fits (subagging).
* **Error:** A and B are independent, so half their difference has the variance of their mean whatever the
  learner: var = mean over pairs of ((A - B) / 2)^2. This is the variance of one pair's mean; averaging over
  pairs can only lower it, so the error errs on the side of caution.
* **Out of fold:** a customer is in one half of each pair; the mean of the P fits on the other halves has not
  seen the customer, nor has any nuisance model behind it. A fit on half the data varies twice as much as the
  pair's mean, and P of them share part of it: the error is sqrt(1 + 1/P) times the above.

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

from retinue.errors import DataError, UsageError
from retinue.incentives.uplift.effects import Effects
from retinue.incentives.uplift.models import Model
from retinue.incentives.uplift.trial import Trial, dealt

__all__ = ["PAIRS", "Fit", "Uplift", "half_samples"]

PAIRS = 10
Rows = npt.NDArray[np.intp]
Fit = Callable[[Trial, Rows, int], Model]
"""From a trial, the rows to learn from and a seed to a function from X (m x p) to effects (m x k)."""


@dataclass(frozen=True, slots=True, eq=False)
class Uplift:
    """A fitted learner.

    learner: its name. out_of_fold: effects of the customers it was fitted on, each by fits that have not seen
    the customer: what any evaluation must use. trial: what it was fitted on, with the propensities used.
    """

    learner: str
    out_of_fold: Effects
    trial: Trial
    pairs: tuple[tuple[Model, Model], ...]

    def predict(self, X: npt.ArrayLike) -> Effects:
        """The effects of any customers (m x p), by all fits; DataError where the columns differ in number."""
        features = np.asarray(X, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != self.trial.X.shape[1]:
            raise DataError(
                f"X is {features.shape}; the learner was fitted on {self.trial.X.shape[1]} features.",
                where="X",
            )
        total = np.zeros((len(features), self.trial.arms - 1))
        squares = np.zeros_like(total)
        for first, second in self.pairs:
            a, b = first(features), second(features)
            total += a + b
            squares += ((a - b) / 2) ** 2
        many = len(self.pairs)
        return Effects(total / (2 * many), np.sqrt(squares / many))


def half_samples(name: str, fit: Fit, trial: Trial, *, pairs: int, seed: int) -> Uplift:
    """Fit `fit` on `pairs` pairs of halves; UsageError for fewer than two pairs."""
    if pairs < 2:
        raise UsageError(f"An error cannot be had from {pairs} pair of halves.", where="pairs", fix="Use 10.")
    fitted = []
    unseen = np.zeros((len(trial), trial.arms - 1))
    squares = np.zeros_like(unseen)
    for pair in range(pairs):
        own = seed * 1_000_003 + 7_919 * pair
        half = dealt(trial.treatment, trial.cluster, 2, seed=own)
        models = tuple(fit(trial, np.flatnonzero(half == side), own + 1 + side) for side in (0, 1))
        a, b = (model(trial.X) for model in models)
        unseen += np.where((half == 0)[:, None], b, a)
        squares += ((a - b) / 2) ** 2
        fitted.append((models[0], models[1]))
    effects = Effects(unseen / pairs, np.sqrt(squares / pairs * (1 + 1 / pairs)))
    return Uplift(name, effects, trial, tuple(fitted))
