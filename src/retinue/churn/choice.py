"""Which penalty, and how much of the trees: decided on the middle part alone, with little to decide.

Candidates are compared by their log loss after Platt scaling, cross-fitted over five folds of the middle
part's customers: the two parameters are fitted to the other folds, so that neither a shifted base rate nor
the calibration's own fit speaks for a candidate. Candidates whose loss is within one standard error of the
least (of the paired difference, by customers) count as level with it; among these

- the penalty is the strongest (the one-standard-error rule of Breiman et al., "Classification and Regression
  Trees", 1984);
- the weight is the one nearest to one half, in a tie the smaller share of trees. A mean with equal weights is
  hard to beat by weights estimated from few outcomes (Smith & Wallis, "A Simple Explanation of the Forecast
  Combination Puzzle", 2009), and it stands when the times that follow are not like the middle part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from retinue.churn.blend import Blend, mixed
from retinue.churn.boosting import Booster
from retinue.churn.calibration import PLATT_FROM, platt
from retinue.churn.linear import Linear
from retinue.churn.split import unit_hash

__all__ = ["WEIGHTS", "Judge", "choose_blend"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

WEIGHTS = (0.5, 0.25, 0.75, 0.0, 1.0)
"""Shares of the trees to choose from, the preferred ones first."""
FOLDS = 5
EVEN = 0.5


def choose_blend(
    booster: Booster,
    path: Sequence[Linear],
    matrix: Matrix,
    outcome: Vector,
    customers: npt.ArrayLike,
    seed: int,
) -> Blend:
    """The blend for the rows of the middle part; `path` holds linear models, the strongest penalty first.

    With fewer than 20 churners or stayers nothing is compared: the penalty in the middle of the path, and
    equal weights.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    least = min(outcome.sum(), len(outcome) - outcome.sum())
    if least < PLATT_FROM:
        return Blend.of(EVEN, booster, path[len(path) // 2])
    judge = Judge(outcome, customers, seed)
    with threadpool_limits(1, user_api="blas"):
        lines = [linear.log_odds(matrix) for linear in path]
        chosen = judge.first_level(lines)
        trees = booster.log_odds(matrix)
        weight = WEIGHTS[judge.first_level([mixed(w, trees, lines[chosen]) for w in WEIGHTS])]
    return Blend.of(weight, booster, path[chosen])


class Judge:
    """Compares scores of the same rows, customer by customer.

    >>> outcome, names = np.tile([0.0, 1.0], 200), [f"c{i // 2}" for i in range(400)]
    >>> noise = np.sin(np.arange(400.0))
    >>> Judge(outcome, names, seed=1).first_level([noise, outcome + noise, 2 * outcome + 2 * noise])
    1
    """

    def __init__(self, outcome: Vector, customers: npt.ArrayLike, seed: int) -> None:
        names = np.asarray(customers, dtype=object).astype(str)
        self.outcome = outcome
        self.fold = np.floor(unit_hash(names, f"retinue-churn-blend-{seed}") * FOLDS)
        _, self.customer = np.unique(names, return_inverse=True)

    def losses(self, raw: Vector) -> Vector:
        """Log loss per row, each calibrated on the folds it is not in."""
        out = np.zeros(len(raw))
        for fold in np.unique(self.fold):
            inside = self.fold == fold
            intercept, slope = platt(raw[~inside], self.outcome[~inside])
            chance = np.clip(expit(intercept + slope * raw[inside]), 1e-12, 1 - 1e-12)
            out[inside] = -np.where(self.outcome[inside] > 0, np.log(chance), np.log1p(-chance))
        return out

    def first_level(self, scores: Sequence[Vector]) -> int:
        """The position of the first score that is level with the best."""
        losses = [self.losses(raw) for raw in scores]
        best = losses[int(np.argmin([loss.mean() for loss in losses]))]
        return next(i for i, loss in enumerate(losses) if self._level(loss - best))

    def _level(self, excess: Vector) -> bool:
        """Whether the summed excess loss is within its standard error over independent customers."""
        sums = np.bincount(self.customer, excess)
        error = np.sqrt(((sums - sums.mean()) ** 2).sum() * len(sums) / max(len(sums) - 1, 1))
        return bool(sums.sum() <= error)
