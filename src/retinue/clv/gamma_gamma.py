"""Gamma-Gamma: how much a purchase is worth (Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value").

The amounts of one customer's purchases are Gamma(p, nu) with nu ~ Gamma(q, v) across customers, independent
of how often the customer buys. For a customer whose x purchases average m:

    ln L = lnG(px+q) - lnG(px) - lnG(q) + q ln v + (px-1) ln m + px ln x - (px+q) ln(v + mx)
    E[Z | x, m] = p (v + mx) / (px + q - 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from retinue.clv.groups import sort_within
from retinue.clv.histories import check_weight, float_columns, refuse, usable_amounts
from retinue.clv.maximise import Floats, Maximum, Verdict, maximise
from retinue.errors import ArtefactError, NotEnoughData

__all__ = ["GammaGamma", "SpendData", "spend_data"]

_STARTS = ((6.0, 4.0), (1.0, 3.0), (20.0, 2.0), (3.0, 10.0))
"""(p, q); v follows from the mean."""
_PARTS = (2_000, 20_000)
"""With more customers than this the maximum is sought on thinned parts first."""
_BLOCK = 8_192
_SMALLEST_Q = 1.05
"""At q <= 1 the mean over customers is infinite; such a fit is reported as on the boundary."""
_LARGEST_SPREAD = 10.0
"""Cap on the squared coefficient of variation of a customer's mean, infinite when px + q <= 2."""


@dataclass(frozen=True)
class SpendData:
    """Customers with at least one repeat purchase, by x and then m: number x, average amount m, weight.

    What every evaluation needs but no parameter changes is kept once it was computed.
    """

    x: Floats
    m: Floats
    weight: Floats

    @cached_property
    def customers(self) -> float:
        return float(self.weight.sum())

    @cached_property
    def share(self) -> Floats:
        return self.weight / self.customers

    @cached_property
    def share_x(self) -> Floats:
        return self.share * self.x

    @cached_property
    def total(self) -> Floats:
        return self.x * self.m

    @cached_property
    def distinct(self) -> tuple[Floats, Floats]:
        """Distinct x with the part of the customers that have each."""
        first = np.flatnonzero(np.diff(self.x, prepend=0.0))
        return self.x[first], np.add.reduceat(self.share, first)

    @cached_property
    def mean_logs(self) -> tuple[float, float]:
        """Averages of ln m and of x ln m."""
        log_m = np.log(self.m)
        return float((self.share * log_m).sum()), float((self.share_x * log_m).sum())

    def thinned(self, limit: int) -> SpendData:
        """Every k-th customer, so that at most `limit` remain: for trying starting points."""
        step = slice(None, None, -(-len(self.x) // limit))
        return SpendData(self.x[step], self.m[step], self.weight[step])


def spend_data(x: ArrayLike, m: ArrayLike, weight: ArrayLike | None = None) -> SpendData:
    """Check and collect the data; rows with x = 0 are left out.

    The order of the rows changes no bit of the result. Raises DataError with the first row's number for an
    amount that is not positive and finite, or x that is negative or not whole.

    >>> spend_data([2, 0, 1], [20.0, 0.0, 35.0]).m.tolist()
    [35.0, 20.0]
    """
    xs, ms = float_columns(x=x, m=m)
    ws = None if weight is None else check_weight(weight, len(xs))
    # A NaN in x is not 0, so it is not left out but refused.
    used = xs != 0
    refuse(
        used & ~((xs > 0) & (xs < 1e15) & (xs == np.floor(xs)) & usable_amounts(ms)),
        "Gamma-Gamma needs whole numbers of purchases and positive average amounts.",
        "Leave out customers without positive spend.",
        x=xs,
        m=ms,
    )
    if ws is None:
        xs, ms = sort_within(xs[used], ms[used])
        return SpendData(xs, ms, np.ones_like(xs))
    used &= ws > 0
    xs, ms, ws = xs[used], ms[used], ws[used]
    order = np.lexsort((ws, ms, xs))
    return SpendData(xs[order], ms[order], ws[order])


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model; p and q are pure numbers, v is in the currency of the amounts.

    >>> model = GammaGamma(p=6.25, q=3.74, v=15.44)  # CDNOW, repeat buyers
    >>> round(model.population_mean, 2)
    35.22
    >>> [round(float(z), 2) for z in model.mean_value([1, 10], [20.0, 20.0])]
    [24.64, 20.64]
    """

    p: float
    q: float
    v: float
    log_likelihood: float | None = None
    customers: float = 0.0
    verdict: Verdict = "converged"
    evaluations: int = 0

    name: ClassVar[str] = "Gamma-Gamma"

    @property
    def parameters(self) -> dict[str, float]:
        return {"p": self.p, "q": self.q, "v": self.v}

    @property
    def population_mean(self) -> float:
        """The mean amount over all customers, p v / (q - 1)."""
        return self.p * self.v / (self.q - 1.0)

    @classmethod
    def objective(cls, theta: Floats, data: SpendData) -> tuple[float, Floats]:
        """Average log-likelihood and gradient at the logarithms of (p, q, v)."""
        from scipy.special import gammaln, psi

        p, q, v = (float(value) for value in np.exp(theta))
        x, share = data.distinct
        px, pxq, log_x = p * x, p * x + q, np.log(x)
        level = gammaln(pxq) - gammaln(px) - gammaln(q) + px * log_x
        mean_log, mean_x_log = data.mean_logs
        value = float((share * level).sum()) + q * float(theta[2]) + p * mean_x_log - mean_log
        g_p = float((share * x * (psi(pxq) - psi(px) + log_x)).sum()) + mean_x_log
        g_q = float((share * (psi(pxq) - psi(q))).sum()) + float(theta[2])
        g_v = q / v
        # Only ln(v + mx) and its slope need each customer, in blocks of fixed size that fit the cache.
        for start in range(0, len(data.x), _BLOCK):
            block = slice(start, start + _BLOCK)
            both = v + data.total[block]
            log_both, inverse = np.log(both), 1.0 / both
            w, wx = data.share[block], data.share_x[block]
            logs, logs_x = float((w * log_both).sum()), float((wx * log_both).sum())
            value -= p * logs_x + q * logs
            g_p -= logs_x
            g_q -= logs
            g_v -= p * float((wx * inverse).sum()) + q * float((w * inverse).sum())
        return value, np.array([p * g_p, q * g_q, v * g_v])

    @classmethod
    def scores(cls, theta: Floats, data: SpendData) -> tuple[Floats, ...]:
        """Derivatives of each customer's log-likelihood by the logarithms of (p, q, v)."""
        from scipy.special import psi

        p, q, v = (float(value) for value in np.exp(theta))
        both = v + data.total
        ratio = np.log(both)
        px, pxq = p * data.x, p * data.x + q
        common = psi(pxq)
        g_p = p * data.x * (common - psi(px) + np.log(data.total) - ratio)
        g_q = q * (common - psi(q) + theta[2] - ratio)
        return g_p, g_q, q - pxq * (v / both)

    @classmethod
    def fit(cls, x: ArrayLike, m: ArrayLike, weight: ArrayLike | None = None) -> GammaGamma:
        """Fit by maximum likelihood.

        Parameters
        ----------
        x: repeat purchases (rows with 0 are left out); m: their average amount, positive.
        weight: how many customers each row stands for.

        Raises NotEnoughData with fewer than two repeat buyers or without any spread of amounts.
        """
        data = spend_data(x, m, weight)
        return cls.from_maximum(cls.maximum(data), data)

    @classmethod
    def from_maximum(cls, top: Maximum, data: SpendData) -> GammaGamma:
        """The model at a maximum of the likelihood of `data`."""
        p, q, v = (float(value) for value in np.exp(top.theta))
        return cls(p, q, v, top.value * data.customers, data.customers, top.verdict, top.evaluations)

    @classmethod
    def maximum(cls, data: SpendData) -> Maximum:
        """The maximum of the likelihood with its curvature and verdict."""
        if data.customers < 2 or len(np.unique(data.m)) < 2:
            raise NotEnoughData(
                "Too few repeat buyers, or all of them spend the same.",
                where=cls.name,
                fix="The spread of amounts cannot be estimated; a stated fallback is used.",
            )
        mean = float((data.weight * data.m).sum() / data.customers)
        starts = [np.log([p, q, mean * (q - 1.0) / p]) for p, q in _STARTS]
        lower = np.log([1e-2, _SMALLEST_Q, 1e-5 * mean])
        upper = np.log([1e4, 1e4, 1e5 * mean])
        parts = [data.thinned(limit) for limit in _PARTS if len(data.x) > limit]
        return maximise(
            partial(cls.objective, data=data),
            starts,
            lower,
            upper,
            rough=[partial(cls.objective, data=part) for part in parts],
            what=cls.name,
        )

    def mean_value(self, x: ArrayLike, m: ArrayLike) -> Floats:
        """E[Z | x, m]: the expected amount of a purchase; with x = 0 the mean over all customers."""
        xs, total = _spend(x, m)
        return self.p * (self.v + total) / (self.p * xs + self.q - 1.0)

    def mean_square(self, x: ArrayLike, m: ArrayLike) -> Floats:
        """E[zeta² | x, m] of the customer's own mean zeta; capped where there is no second moment."""
        xs, _ = _spend(x, m)
        mean = self.mean_value(x, m)
        spare = self.p * xs + self.q - 2.0
        spread = 1.0 / np.maximum(spare, 1.0 / _LARGEST_SPREAD)
        return mean * mean * (1.0 + spread)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for a summary or for bytes."""
        return {
            "model": self.name,
            **self.parameters,
            "log_likelihood": self.log_likelihood,
            "customers": self.customers,
            "verdict": self.verdict,
            "evaluations": self.evaluations,
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> GammaGamma:
        """The inverse of `as_dict`; ArtefactError when it is another model's."""
        if body.get("model") != cls.name:
            raise ArtefactError(
                f"These are not the parameters of {cls.name}.", where=str(body.get("model")), fix="Fit again."
            )
        return cls(**{key: value for key, value in body.items() if key != "model"})


def _spend(x: ArrayLike, m: ArrayLike) -> tuple[Floats, Floats]:
    xs = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    ms = np.ascontiguousarray(m, dtype=np.float64).reshape(-1)
    return xs, np.where(xs > 0, xs * np.where(xs > 0, ms, 0.0), 0.0)
