"""Intervals of an estimate and of the difference of two, for rows that repeat customers.

**Normal.** With Phi_c the sum of the influences of customer c (see `scores`), C customers and n decisions,

    se = sqrt(C / (C - 1) * sum_c Phi_c^2) / n,        V + se g (2 t^2 + 1) / (6 sqrt(C)) -+ t se

with t the quantile of Student's t with C - 1 degrees and g the skewness of Phi_c. The middle term is Hall's
correction: rare failures make the plain lower bound too high, and a gate must not profit from that. It is
held to half of t se.

Rows of one customer may depend on each other in any way; customers must not. Holds when no few customers
carry most of the weight; where they do, use `betting`.

**Bootstrap.** Customers are drawn with replacement, the estimate is computed again, and the quantiles of
many such estimates are taken: a check of the normal interval, with the same assumption.

Sources: Liang and Zeger (1986), "Longitudinal data analysis using generalized linear models"; Hall (1992),
"The bootstrap and Edgeworth expansion", section 3.10; Efron (1979), "Bootstrap methods: another look at the
jackknife".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retinue.errors import UsageError
from retinue.learning.off_policy.logged import Codes, Vector
from retinue.learning.off_policy.scores import Scores

__all__ = ["Interval", "bootstrap", "by_cluster", "difference", "interval", "standard_error"]

CHUNK = 4_000_000
"""Numbers held at once while resampling."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the interval that holds the truth with probability `confidence` (two-sided).

    Each end by itself is a one-sided bound at (1 + confidence) / 2: the low end of a 90 % interval is
    exceeded by the truth with 95 %.
    """

    value: float
    low: float
    high: float
    standard_error: float
    confidence: float
    method: str


def by_cluster(values: Vector, cluster: Codes) -> Vector:
    """Sum of the values of each customer (n to C)."""
    return np.bincount(cluster, weights=values).astype(np.float64)


def standard_error(influence: Vector, cluster: Codes) -> float:
    """Cluster-robust standard error of a mean with these influences (n); NaN for fewer than two customers.

    >>> round(standard_error(np.array([-1.0, 1.0]), np.array([0, 1])), 4)
    1.0
    """
    sums = by_cluster(influence, cluster)
    many = len(sums)
    if many < 2:
        return float("nan")
    return float(np.sqrt(many / (many - 1) * np.square(sums).sum())) / len(influence)


def interval(scores: Scores, *, confidence: float = 0.95) -> Interval:
    """The normal interval of one estimate.

    >>> found = interval(Scores("IPS", np.array([0.0, 1.0] * 50), np.ones(100), np.arange(100)))
    >>> round(found.low, 3), round(found.high, 3)
    (0.4, 0.6)
    """
    return _normal(scores.value, scores.influence, scores.cluster, confidence)


def difference(target: Scores, champion: Scores, *, confidence: float = 0.95) -> Interval:
    """The normal interval of V(target) - V(champion), both estimated from the same rows.

    What both share cancels row by row, so it is narrower than two intervals would suggest.

    >>> a = Scores("IPS", np.array([0.0, 1.0, 2.0]), np.ones(3), np.arange(3))
    >>> difference(a, a).high
    0.0
    """
    _same_rows(target, champion)
    phi = target.influence - champion.influence
    return _normal(target.value - champion.value, phi, target.cluster, confidence)


def bootstrap(
    target: Scores,
    champion: Scores | None = None,
    *,
    confidence: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> Interval:
    """The percentile interval of one estimate, or of a difference, over resampled customers.

    >>> a = Scores("IPS", np.array([0.0, 1.0] * 50), np.ones(100), np.arange(100))
    >>> found = bootstrap(a)
    >>> 0.37 < found.low < 0.43, 0.57 < found.high < 0.63
    (True, True)
    """
    if champion is not None:
        _same_rows(target, champion)
    parts = [target] if champion is None else [target, champion]
    sums = np.array(
        [by_cluster(v, target.cluster) for part in parts for v in (part.numerator, part.denominator)]
    )
    many = sums.shape[1]
    rng = np.random.default_rng(seed)
    step = max(1, CHUNK // many)
    drawn = []
    for first in range(0, resamples, step):
        times = rng.multinomial(many, np.full(many, 1.0 / many), size=min(step, resamples - first))
        drawn.append(times @ sums.T)
    totals = np.concatenate(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = totals[:, 0] / totals[:, 1]
        if champion is not None:
            values = values - totals[:, 2] / totals[:, 3]
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(values, [tail, 1.0 - tail])
    value = target.value - (0.0 if champion is None else champion.value)
    return Interval(value, float(low), float(high), float(np.nanstd(values)), confidence, "bootstrap")


def _normal(value: float, influence: Vector, cluster: Codes, confidence: float) -> Interval:
    from scipy.special import stdtrit

    error = standard_error(influence, cluster)
    many = int(cluster.max()) + 1
    t = float(stdtrit(max(1, many - 1), (1.0 + confidence) / 2.0))
    shift = _skewness(by_cluster(influence, cluster)) * (2.0 * t**2 + 1.0) / (6.0 * many**0.5)
    middle, margin = value + error * float(np.clip(shift, -t / 2.0, t / 2.0)), t * error
    return Interval(value, middle - margin, middle + margin, error, confidence, "normal")


def _skewness(values: Vector) -> float:
    centred = values - values.mean()
    spread = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / spread**1.5 if spread > 0 else 0.0


def _same_rows(target: Scores, champion: Scores) -> None:
    if len(target.numerator) != len(champion.numerator) or not np.array_equal(
        target.cluster, champion.cluster
    ):
        raise UsageError(
            "The two estimates are not of the same log.",
            where="difference",
            fix="Score both policies on one log: the difference is taken row by row.",
        )
