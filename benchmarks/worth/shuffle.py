"""Permutation importance: the AUC that the trained model loses when columns are shuffled.

Breiman, "Random Forests", 2001; Fisher, Rudin and Dominici, "All models are wrong, but many are useful", JMLR
2019. Shuffled within each date, so that what differs between dates is not taken for what differs between
customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retinue.churn.rows import Rows
from retinue.churn.split import sample_customers

if TYPE_CHECKING:
    import pandas as pd

    from retinue.churn.model import TrainedModel

__all__ = ["MOST_ROWS", "Loss", "Shuffle", "influence", "variance"]

Vector = npt.NDArray[np.float64]

MOST_ROWS = 3_000
"""Rows of the judging part that columns are shuffled in: a stable sample of its customers."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of AUC: its value, its standard error, and the 95 % interval where it was drawn."""

    value: float
    error: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float) -> Loss:
        """With the 95 % interval of a normal distribution."""
        return cls(float(value), float(error), float(value - 1.96 * error), float(value + 1.96 * error))


class Shuffle:
    """The loss of AUC when columns are shuffled among the customers of each date.

    A mean over the seeds; its error is that of drawing other customers and that of other shuffles. Columns
    that are shuffled together keep their rows together.
    """

    def __init__(self, model: TrainedModel, rows: Rows, seeds: int) -> None:
        some = rows.where(sample_customers(rows.frame["customer_id"], MOST_ROWS, seed=1))
        self.score = model.score
        self.names = model.encoding.names
        self.matrix = model.encoding.matrix(some.frame)
        self.outcome = some.outcome
        _, self.customer = np.unique(some.frame["customer_id"].to_numpy(dtype=str), return_inverse=True)
        self.whole = influence(self.score.log_odds(self.matrix), self.outcome)
        self.orders = [self._order(some.frame, seed) for seed in range(seeds)]

    @staticmethod
    def _order(frame: pd.DataFrame, seed: int) -> npt.NDArray[np.int64]:
        draw = np.random.default_rng(seed)
        order = np.arange(len(frame))
        dates = frame["as_of"].to_numpy()
        for date in np.unique(dates):
            here = np.flatnonzero(dates == date)
            order[here] = draw.permutation(here)
        return order

    def loss(self, names: Sequence[str]) -> Loss:
        positions = [self.names.index(name) for name in names]
        losses, rows = [], np.zeros(len(self.outcome))
        for order in self.orders:
            changed = self.matrix.copy()
            changed[:, positions] = self.matrix[np.ix_(order, positions)]
            auc, part = influence(self.score.log_odds(changed), self.outcome)
            losses.append(self.whole[0] - auc)
            rows += (self.whole[1] - part) / len(self.orders)
        drawing = variance(rows, self.customer)
        shuffling = float(np.var(losses, ddof=1)) / len(losses) if len(losses) > 1 else 0.0
        return Loss.around(float(np.mean(losses)), float(np.sqrt(drawing + shuffling)))


def variance(moved: Vector, customer: npt.NDArray[np.int64]) -> float:
    """Variance over draws of whole customers of a number that each row moves by so much."""
    sums = np.bincount(customer, weights=moved)
    return float((sums**2).sum()) * len(sums) / max(len(sums) - 1, 1)


def influence(score: Vector, outcome: Vector) -> tuple[float, Vector]:
    """The AUC, and how much each row moves it.

    The rows' placement values (DeLong, DeLong and Clarke-Pearson, Biometrics 1988): a churner's is the share
    of stayers below them, a stayer's the share of churners above. Summed by customer, their squares give the
    variance of the AUC when whole customers are drawn (Obuchowski, Biometrics 1997).

    >>> auc, moved = influence(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]))
    >>> auc, moved.round(3).tolist()
    (0.75, [0.125, -0.125, -0.125, 0.125])
    """
    from scipy.stats import rankdata

    churned = outcome > 0
    above, below = int(churned.sum()), int((~churned).sum())
    ranks, placed = rankdata(score), np.empty(len(score))
    placed[churned] = (ranks[churned] - rankdata(score[churned])) / below
    placed[~churned] = 1.0 - (ranks[~churned] - rankdata(score[~churned])) / above
    auc = float(placed[churned].mean())
    return auc, (placed - auc) / np.where(churned, above, below)
