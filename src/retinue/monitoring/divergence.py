"""How far two distributions over the same bins lie apart: PSI, KL divergence, Jensen–Shannon distance.

With r and c the shares of the reference and of the current rows in each bin, and ln the natural logarithm::

    PSI  = Σ (r − c) · ln(r / c)                       = KL(r‖c) + KL(c‖r)
    KL   = Σ r · ln(r / c)                             of the reference from the current, in nats
    JS   = √( ½ KL(r‖a) + ½ KL(c‖a) ),  a = (r + c) / 2     from 0 to √ln 2 = 0.833

PSI and KL are infinite when a bin is empty on one side only, so empty bins must be filled; `filled_pooled`
is Retinue's way, `filled_as_evidently` Evidently's. JS needs no filling: it is of the shares as counted.

The customary reading of PSI is: below 0.1 stable, 0.1 to 0.25 moderate, above 0.25 major. It knows nothing of
the number of rows, on which PSI depends: when nothing has changed, PSI · nm / (n + m) is approximately χ²
with B − 1 degrees of freedom for n and m rows in B bins, so that PSI is about (B − 1)(1/n + 1/m) by chance.
`noise_level` says how high chance alone lifts it. That holds for bins with some five rows each; with fewer,
PSI has a longer tail. So whether a difference is more than chance is asked of the likelihood ratio instead
(`chance`), whose tail stays close to χ² with rare and empty bins.

Sources: S. Kullback, R. Leibler (1951), On Information and Sufficiency; J. Lin (1991), Divergence Measures
Based on the Shannon Entropy; B. Yurdakul, J. Naranjo (2020), Statistical Properties of the Population
Stability Index, Journal of Risk Model Validation 14(4).
"""

from __future__ import annotations

import numpy as np

from retinue.monitoring.bins import Counts, Vector

__all__ = [
    "chance",
    "expected_psi",
    "filled_as_evidently",
    "filled_pooled",
    "jensen_shannon",
    "kl_divergence",
    "noise_level",
    "psi",
]


def psi(reference: Vector, current: Vector) -> float:
    """Population stability index of two vectors of positive shares.

    >>> round(psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 5)
    0.04055
    """
    return float(np.sum((reference - current) * np.log(reference / current)))


def kl_divergence(reference: Vector, current: Vector) -> float:
    """Kullback–Leibler divergence of the reference from the current shares, in nats.

    Shares that do not add up to 1 (filled ones) are scaled so that they do.

    >>> round(kl_divergence(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 5)
    0.02041
    """
    r, c = reference / reference.sum(), current / current.sum()
    return float(np.sum(r * np.log(r / c)))


def jensen_shannon(reference: Vector, current: Vector) -> float:
    """Jensen–Shannon distance (the root of the divergence, in nats); shares may be 0.

    >>> round(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])), 3)
    0.833
    """
    middle = (reference + current) / 2

    def from_middle(shares: Vector) -> float:
        held = shares > 0
        return float(np.sum(shares[held] * np.log(shares[held] / middle[held])))

    # Rounding may leave a sum just below zero where the two are equal.
    return float(np.sqrt(max(0.0, (from_middle(reference) + from_middle(current)) / 2)))


def filled_pooled(reference: Counts, current: Counts) -> tuple[Vector, Vector]:
    """Shares without zeros: one more row is added to each side, spread as both sides together.

    A bin that is empty on one side so gets less than one row, the fewer the rarer it is over all, and both
    sides still add up to 1. Bins must not be empty on both sides.

    >>> [shares.round(3).tolist() for shares in filled_pooled(np.array([9, 0]), np.array([8, 2]))]
    [[0.989, 0.011], [0.809, 0.191]]
    """
    together = (reference + current) / (reference.sum() + current.sum())
    r = (reference + together) / (reference.sum() + 1)
    c = (current + together) / (current.sum() + 1)
    return r, c


def filled_as_evidently(reference: Counts, current: Counts) -> tuple[Vector, Vector]:
    """Shares with zeros replaced as Evidently 0.7 does, so that its numbers come out; sums exceed 1.

    A zero becomes 0.0001, or a millionth of the smallest other share of that side where that is at most
    0.0001.

    >>> [shares.tolist() for shares in filled_as_evidently(np.array([9, 0]), np.array([8, 2]))]
    [[1.0, 0.0001], [0.8, 0.2]]
    """

    def filled(counts: Counts) -> Vector:
        shares: Vector = counts / counts.sum()
        least = shares[shares > 0].min()
        return np.where(shares > 0, shares, least / 10**6 if least <= 0.0001 else 0.0001)

    return filled(reference), filled(current)


def expected_psi(bins: int, n: float, m: float) -> float:
    """PSI to be expected when nothing has changed, of n and m rows.

    >>> expected_psi(10, 1000, 500)
    0.027
    """
    return (bins - 1) * (1 / n + 1 / m)


def noise_level(probability: float, bins: int, n: float, m: float) -> float:
    """The PSI that chance alone exceeds with this probability when nothing has changed.

    >>> round(noise_level(0.05, 10, 1000, 500), 4)
    0.0508
    """
    from scipy.special import chdtri

    return float(chdtri(max(bins - 1, 1), probability) * (1 / n + 1 / m))


def chance(reference: Vector, current: Vector, n: float, m: float) -> float:
    """Probability that two samples of one distribution differ as much as these (G-test, two samples).

    G = 2 n KL(r‖q) + 2 m KL(c‖q), with q the shares of both together, is χ² with B − 1 degrees of freedom.

    Parameters
    ----------
    reference, current: shares as counted; bins must not be empty on both sides.
    n, m: independent rows on either side.

    Source: R. Sokal, F. Rohlf (1995), Biometry, chapter 17.

    >>> round(chance(np.array([0.5, 0.5]), np.array([0.6, 0.4]), 100, 100), 3)
    0.155
    """
    from scipy.special import chdtrc, rel_entr

    together = (n * reference + m * current) / (n + m)
    g = 2 * (n * rel_entr(reference, together).sum() + m * rel_entr(current, together).sum())
    return float(chdtrc(max(len(together) - 1, 1), max(g, 0.0)))
