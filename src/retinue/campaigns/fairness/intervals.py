"""Intervals for shares, ratios of shares and means when customers may appear several times.

A customer who was decided on in several runs is one cluster: what happens to them in one run says much about
the next. The variance of a share is that of a ratio of cluster sums (Taylor linearisation); the Wilson
interval is taken at the number of independent decisions with that variance.

Sources: Wilson (1927); Korn and Graubard (1998), "Confidence intervals for proportions with small expected
number of positive counts estimated from survey data"; Newcombe (1998) and Donner and Zou (2012), "Closed-form
confidence intervals for functions of the normal mean and standard deviation" (MOVER, for the ratio); Mantel
and Haenszel (1959); Greenland and Robins (1985) for the pooled risk ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

__all__ = ["Interval", "mean", "ratio", "share", "stratified_ratio"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its bounds; `customers` is the number of clusters behind it."""

    value: float
    low: float
    high: float
    customers: int

    def as_dict(self) -> dict[str, float | None]:
        """JSON-ready: what is not finite is null."""
        each = {"value": self.value, "low": self.low, "high": self.high}
        return {name: number if math.isfinite(number) else None for name, number in each.items()}


def share(hit: NDArray[np.bool_], customer: Codes, alpha: float) -> Interval:
    """The share of decisions with `hit`, by Wilson at the effective number of decisions.

    >>> found = share(np.array([True] * 8 + [False] * 2), np.arange(10), 0.05)
    >>> round(found.low, 2), round(found.high, 2)
    (0.49, 0.94)
    """
    hits, sizes = _sums(hit.astype(np.float64), customer), _sums(np.ones(len(hit)), customer)
    clusters, n = len(sizes), float(sizes.sum())
    if not clusters:
        return Interval(math.nan, 0.0, 1.0, 0)
    p = float(hits.sum()) / n
    effective = float(clusters)
    if 0.0 < p < 1.0 and clusters > 1:
        spread = float(np.square(hits - p * sizes).sum()) / (n * n)
        if spread > 0:
            # Never more independent decisions than there were.
            effective = min(p * (1 - p) / spread, n)
    z2 = float(norm.isf(alpha / 2)) ** 2
    centre = (p + z2 / (2 * effective)) / (1 + z2 / effective)
    half = math.sqrt(z2 * (p * (1 - p) / effective + z2 / (4 * effective**2))) / (1 + z2 / effective)
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half), clusters)


def ratio(top: Interval, bottom: Interval) -> Interval:
    """The ratio of two independent shares from their intervals (MOVER); no bound above where there is none.

    >>> one, other = Interval(0.3, 0.2, 0.42, 90), Interval(0.6, 0.5, 0.69, 90)
    >>> found = ratio(one, other)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.5, 0.33, 0.73)
    """
    customers = min(top.customers, bottom.customers)
    if not customers:
        return Interval(math.nan, 0.0, math.inf, 0)
    product = top.value * bottom.value
    up, down = bottom.high * (2 * bottom.value - bottom.high), bottom.low * (2 * bottom.value - bottom.low)
    low = high = math.nan
    if up > 0:
        low = _root(product, top.low * (2 * top.value - top.low) * up, -1) / up
    if down > 0:
        high = _root(product, top.high * (2 * top.value - top.high) * down, 1) / down
    value = top.value / bottom.value if bottom.value > 0 else math.nan
    return Interval(
        value,
        max(0.0, low) if math.isfinite(low) else top.low / bottom.high,
        high if math.isfinite(high) else math.inf,
        customers,
    )


def stratified_ratio(
    hit: NDArray[np.bool_], member: NDArray[np.bool_], stratum: Codes, customer: Codes, alpha: float
) -> Interval:
    """The Mantel-Haenszel ratio of shares, members over the rest, pooled over strata.

    A stratum with members only, or none, says nothing. The error of its logarithm is the sum over customers
    of their squared influence, holding the sizes of the strata fixed; NaN where either side never hits.
    """
    y, k = hit.astype(np.float64), int(stratum.max(initial=-1)) + 1
    inside = np.bincount(stratum, weights=member.astype(float), minlength=k)
    outside = np.bincount(stratum, weights=(~member).astype(float), minlength=k)
    total = np.maximum(inside + outside, 1.0)
    hits_in = np.bincount(stratum, weights=y * member, minlength=k)
    hits_out = np.bincount(stratum, weights=y * ~member, minlength=k)
    top, bottom = float((hits_in * outside / total).sum()), float((hits_out * inside / total).sum())
    clusters = len(np.unique(customer[member])) if len(customer) else 0
    if top <= 0 or bottom <= 0:
        return Interval(math.nan, 0.0, math.inf, clusters)
    p_in, p_out = hits_in / np.maximum(inside, 1.0), hits_out / np.maximum(outside, 1.0)
    influence = np.where(
        member,
        (outside / total)[stratum] * (y - p_in[stratum]) / top,
        -(inside / total)[stratum] * (y - p_out[stratum]) / bottom,
    )
    error = math.sqrt(float(np.square(_sums(influence, customer)).sum()))
    value, reach = top / bottom, float(norm.isf(alpha / 2)) * error
    return Interval(value, value * math.exp(-reach), value * math.exp(reach), clusters)


def mean(amount: Floats, customer: Codes, alpha: float) -> Interval:
    """The mean of an amount over customers (each by their own mean), with Student's t.

    >>> found = mean(np.array([10.0, 12.0, 14.0]), np.arange(3), 0.05)
    >>> found.value, round(found.low, 1), round(found.high, 1)
    (12.0, 7.0, 17.0)
    """
    sizes = _sums(np.ones(len(amount)), customer)
    each = _sums(amount, customer) / sizes
    n = len(each)
    if n == 0:
        return Interval(math.nan, -math.inf, math.inf, 0)
    centre = float(each.mean())
    if n == 1:
        return Interval(centre, -math.inf, math.inf, 1)
    half = float(student.isf(alpha / 2, n - 1)) * float(each.std(ddof=1)) / math.sqrt(n)
    return Interval(centre, centre - half, centre + half, n)


def _root(product: float, rest: float, sign: int) -> float:
    return product + sign * math.sqrt(max(product * product - rest, 0.0))


def _sums(amount: Floats, customer: Codes) -> Floats:
    """Sums by customer, of those who are there."""
    _, place = np.unique(customer, return_inverse=True)
    return np.asarray(np.bincount(place, weights=amount), dtype=np.float64)
