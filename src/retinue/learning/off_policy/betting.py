"""An interval for few customers and heavy weights: a gambler who gets rich refutes the mean.

Let z_i be numbers with a common mean mu that cannot fall below `floor`. If mu were m or less, a gambler who
stakes a share lambda on "z is above m" could not expect to gain. Their capital is

    K(m) = mean_j prod_i (1 + lambda_j (z_i - m)),      0 <= lambda_j < 1 / (m - floor)

for a fixed set of stakes lambda_j. For m = mu its expectation is at most 1, so K(mu) >= 1 / alpha happens
with probability alpha at most (Markov). All m with K(m) >= 1 / alpha are refuted; K falls in m, so they are
those below one number, the lower bound. No normality is used, so a rare large weight that has not shown up
yet is allowed for: it lies between what was seen and `floor`.

With several rows of a customer the bets are on customers: (sum of z - m rows) / (most rows of a customer).

It is about 1.6 times as wide as the normal interval where both hold. The order of the rows plays no part.

Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting"; for logged
policies Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro (2022), "Anytime-valid off-policy inference for
contextual bandits". The set of stakes is ours: each half of the one before.
"""

from __future__ import annotations

import numpy as np

from retinue.errors import DataError
from retinue.learning.off_policy.intervals import Interval, by_cluster, standard_error
from retinue.learning.off_policy.logged import Codes, Vector

__all__ = ["betting", "betting_lower_bound"]

STAKES = 8
"""How many stakes there are, each twice the one before."""
LARGEST_SHARE = 0.99
"""Of the capital that may be lost in one bet."""
STEPS = 45
"""Halvings of the range: more digits than anybody reads."""


def betting(
    values: Vector, floor: float, ceiling: float, cluster: Codes, *, confidence: float = 0.95
) -> Interval:
    """The two-sided interval: both one-sided bounds at (1 + confidence) / 2.

    Parameters
    ----------
    values: z (n), such as the summands of IPS or DR, or their difference between two policies.
    floor, ceiling: what no value could be below or above, whatever action had been drawn.
    cluster: number of the customer (n).
    """
    low = betting_lower_bound(values, floor, ceiling, cluster, confidence=(1.0 + confidence) / 2.0)
    high = -betting_lower_bound(-values, -ceiling, -floor, cluster, confidence=(1.0 + confidence) / 2.0)
    mean = float(values.mean())
    return Interval(mean, low, high, standard_error(values - mean, cluster), confidence, "betting")


def betting_lower_bound(
    values: Vector, floor: float, ceiling: float, cluster: Codes, *, confidence: float = 0.95
) -> float:
    """The number below the mean with probability `confidence` at least; never below `floor`.

    Raises DataError when a value lies outside [floor, ceiling].

    >>> z = np.array([0.0, 1.0] * 100)
    >>> 0.36 < betting_lower_bound(z, 0.0, 1.0, np.arange(200)) < 0.45
    True
    """
    slack = 1e-9 * (1.0 + abs(floor) + abs(ceiling))
    if values.min() < floor - slack or values.max() > ceiling + slack:
        raise DataError(
            f"Values from {values.min():g} to {values.max():g} lie outside {floor:g} to {ceiling:g}.",
            where="betting",
            fix="State bounds that hold for every possible value.",
        )
    if ceiling - floor <= slack:
        return floor
    rows = by_cluster(np.ones(len(values)), cluster)
    most = rows.max()
    total, rows = by_cluster(values, cluster) / most, rows / most
    needed = float(np.log(1.0 / (1.0 - confidence)))
    # The best stake for a standard deviation s is about sqrt(2 log(1 / alpha) / C) / s; s is at most half
    # the range.
    smallest = np.sqrt(2.0 * needed / len(total)) / (0.5 * (ceiling - floor))
    stakes = smallest * 2.0 ** np.arange(STAKES)

    def capital(m: float) -> float:
        gains = total - m * rows
        capped = np.minimum(stakes, LARGEST_SHARE / (m - floor))
        grown = np.log1p(np.maximum(capped[:, None] * gains, -LARGEST_SHARE)).sum(axis=1)
        top = grown.max()
        return float(top + np.log(np.mean(np.exp(grown - top))))

    refuted, open_ = floor, float(total.sum() / rows.sum())
    for _ in range(STEPS):
        middle = 0.5 * (refuted + open_)
        if middle <= floor or capital(middle) >= needed:
            refuted = middle
        else:
            open_ = middle
    return refuted
