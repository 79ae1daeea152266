"""Quality measures of probabilities, each for many weightings of the same rows at once.

A weighting is one row of a matrix: ones for the plain value, bootstrap counts for its interval. Every
function takes weights (replicates × rows) and returns one value per replicate, NaN where it is not defined.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = [
    "Scored",
    "bootstrap_weights",
    "equal_count_bins",
    "share_interval",
]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

BINS = 10


class Scored:
    """Outcomes with one model's probabilities, sorted once.

    >>> rows = Scored(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]))
    >>> float(rows.auc(np.ones((1, 4)))[0])
    0.75
    """

    def __init__(self, probability: Vector, outcome: Vector) -> None:
        self.probability = probability
        self.outcome = outcome
        self.order = np.argsort(probability, kind="stable")
        ordered = probability[self.order]
        self._starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > 0]))
        self._bins = equal_count_bins(probability)

    def _by_score(self, weights: Matrix) -> tuple[Matrix, Matrix]:
        """Weight of churners and of stayers per distinct score, ascending."""
        ordered = weights[:, self.order]
        y = self.outcome[self.order]
        return (
            np.add.reduceat(ordered * y, self._starts, axis=1),
            np.add.reduceat(ordered * (1 - y), self._starts, axis=1),
        )

    def auc(self, weights: Matrix) -> Vector:
        """The chance that a churner scores higher than a stayer, ties counting half (Mann–Whitney)."""
        churners, stayers = self._by_score(weights)
        below = np.cumsum(stayers, axis=1) - stayers
        wins = (churners * (below + stayers / 2)).sum(axis=1)
        return _ratio(wins, churners.sum(axis=1) * stayers.sum(axis=1))

    def log_loss(self, weights: Matrix) -> Vector:
        """Mean of −ln(probability given to what happened)."""
        p = np.clip(self.probability, 1e-12, 1 - 1e-12)
        loss = -np.where(self.outcome > 0, np.log(p), np.log1p(-p))
        return _ratio(weights @ loss, weights.sum(axis=1))

    def brier(self, weights: Matrix) -> Vector:
        """Mean squared difference of probability and outcome."""
        return _ratio(weights @ (self.probability - self.outcome) ** 2, weights.sum(axis=1))

    def precision(self, weights: Matrix, threshold: float) -> Vector:
        """Share of churners among those above the threshold."""
        above = (self.probability > threshold).astype(float)
        return _ratio(weights @ (above * self.outcome), weights @ above)

    def recall(self, weights: Matrix, threshold: float) -> Vector:
        """Share of the churners who are above the threshold."""
        above = (self.probability > threshold).astype(float)
        return _ratio(weights @ (above * self.outcome), weights @ self.outcome)

    def lift(self, weights: Matrix, share: float = 0.10) -> Vector:
        """Churn rate among the riskiest share, over the churn rate of all; ties enter in proportion."""
        churners, stayers = self._by_score(weights)
        churners, total = churners[:, ::-1], (churners + stayers)[:, ::-1]
        wanted = share * total.sum(axis=1, keepdims=True)
        before = np.cumsum(total, axis=1) - total
        with np.errstate(divide="ignore", invalid="ignore"):
            taken = np.where(total > 0, np.clip((wanted - before) / total, 0, 1), 0)
        found = (taken * churners).sum(axis=1)
        return _ratio(found / share, churners.sum(axis=1))

    def calibration_error(self, weights: Matrix) -> Vector:
        """Expected calibration error: the mean gap between predicted and observed over equal-count bins."""
        edges = self._bins
        gap = (self.probability - self.outcome)[self.order]
        sums = np.abs(np.add.reduceat(weights[:, self.order] * gap, edges, axis=1))
        return _ratio(sums.sum(axis=1), weights.sum(axis=1))

    def curve(self) -> list[dict[str, float | int]]:
        """Predicted and observed churn per bin, with a 95 % interval around the observed (Wilson)."""
        rows: list[dict[str, float | int]] = []
        p, y = self.probability[self.order], self.outcome[self.order]
        for start, stop in zip(self._bins, np.append(self._bins[1:], len(y)), strict=True):
            churners, count = float(y[start:stop].sum()), int(stop - start)
            low, high = share_interval(churners, count)
            rows.append(
                {
                    "rows": count,
                    "predicted": round(float(p[start:stop].mean()), 6),
                    "observed": round(churners / count, 6),
                    "low": round(low, 6),
                    "high": round(high, 6),
                }
            )
        return rows

    def best_threshold(self) -> float:
        """The threshold whose precision and recall have the greatest harmonic mean (F1)."""
        churners, stayers = (part[0] for part in self._by_score(np.ones((1, len(self.outcome)))))
        hit = np.cumsum(churners[::-1])
        flagged = np.cumsum((churners + stayers)[::-1])
        best = int(np.argmax(2 * hit / (flagged + churners.sum())))
        scores = self.probability[self.order][self._starts][::-1]
        lower = scores[best + 1] if best + 1 < len(scores) else 0.0
        return float((scores[best] + lower) / 2)


def equal_count_bins(probability: Vector, bins: int = BINS) -> npt.NDArray[np.int64]:
    """First positions, in ascending order of probability, of bins of equal count; ties stay together."""
    ordered = np.sort(probability, kind="stable")
    starts = np.linspace(0, len(ordered), min(bins, max(1, len(ordered) // 10)) + 1).astype(int)[:-1]
    return np.unique(np.searchsorted(ordered, ordered[starts], side="left")).astype(np.int64)


def bootstrap_weights(
    groups: npt.NDArray[np.int64], *, replicates: int, seed: int, cells: int = 4_000_000
) -> Iterator[Matrix]:
    """How often each row counts when whole customers are drawn with replacement.

    `groups` numbers the customer of each row from 0. Comes in chunks of at most `cells` numbers, so that
    memory stays flat.
    """
    generator = np.random.default_rng(seed)
    customers = int(groups.max()) + 1
    chunk = max(1, min(replicates, cells // max(1, len(groups))))
    done = 0
    while done < replicates:
        size = min(chunk, replicates - done)
        drawn = generator.integers(0, customers, size=(size, customers))
        offset = drawn + customers * np.arange(size)[:, None]
        counts = np.bincount(offset.ravel(), minlength=size * customers).reshape(size, customers)
        yield counts[:, groups].astype(np.float64)
        done += size


def share_interval(successes: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95 % interval around a share (Wilson, JASA 1927).

    >>> tuple(round(x, 3) for x in share_interval(0, 10))
    (0.0, 0.278)
    """
    share = successes / count
    middle = share + z * z / (2 * count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, float((middle - half) / scale)), min(1.0, float((middle + half) / scale))


def _ratio(above: Vector, below: Vector) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Vector = np.where(below > 0, above / below, np.nan)
    return value
