"""Gamma-Gamma: how much a purchase is worth (Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value").

The amounts of one customer's purchases are Gamma(p, nu) with nu ~ Gamma(q, v) across customers, independent
of how often the customer buys. For a customer whose x purchases average m:

    ln L = lnG(px+q) - lnG(px) - lnG(q) + q ln v + (px-1) ln m + px ln x - (px+q) ln(v + mx)
    E[Z | x, m] = p (v + mx) / (px + q - 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retinue.clv.maximise import Floats, Maximum, Verdict, maximise
from retinue.errors import ArtefactError, DataError, NotEnoughData

__all__ = ["GammaGamma", "SpendData", "independence", "spend_data"]

_STARTS = ((6.0, 4.0), (1.0, 3.0), (20.0, 2.0), (3.0, 10.0))
"""(p, q); v follows from the mean."""
_THIN = 20_000
"""Above this many customers the starting points are tried on a thinned part."""
_SMALLEST_Q = 1.05
"""At q <= 1 the mean over customers is infinite; such a fit is reported as on the boundary."""
_LARGEST_SPREAD = 10.0
"""Cap on the squared coefficient of variation of a customer's mean, infinite when px + q <= 2."""


@dataclass(frozen=True)
class SpendData:
    """Customers with at least one repeat purchase: number x, average amount m, weight.

    `x_values` are the distinct x, `x_code` says which one a customer has; `log_m` is kept because every
    evaluation needs it.
    """

    x: Floats
    m: Floats
    weight: Floats
    x_values: Floats
    x_code: NDArray[np.int64]
    log_m: Floats

    @property
    def customers(self) -> float:
        return float(self.weight.sum())

    def thinned(self, limit: int) -> SpendData:
        """Every k-th customer, so that at most `limit` remain: for trying starting points."""
        step = slice(None, None, -(-len(self.x) // limit))
        rest = (self.x_values, self.x_code[step], self.log_m[step])
        return SpendData(self.x[step], self.m[step], self.weight[step], *rest)


def spend_data(x: ArrayLike, m: ArrayLike, weight: ArrayLike | None = None) -> SpendData:
    """Check and collect the data; rows with x = 0 are left out.

    Raises DataError for an amount that is not positive and finite, or x that is negative.
    """
    xs = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    ms = np.ascontiguousarray(m, dtype=np.float64).reshape(-1)
    ws = np.ones_like(xs) if weight is None else np.ascontiguousarray(weight, dtype=np.float64).reshape(-1)
    used = xs != 0
    xs, ms, ws = xs[used], ms[used], ws[used]
    bad = ~((xs > 0) & np.isfinite(xs) & (ms > 0) & np.isfinite(ms))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            "Gamma-Gamma needs positive average amounts.",
            where=f"x={xs[row]:g}, m={ms[row]:g}",
            fix="Leave out customers without positive spend.",
        )
    # One order for every order of the rows, so that the sums have the same last digit.
    order = np.lexsort((ws, ms, xs))
    xs, ms = xs[order], ms[order]
    values, code = np.unique(xs, return_inverse=True)
    return SpendData(xs, ms, ws[order], values, code.reshape(-1).astype(np.int64), np.log(ms))


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
    def scores(cls, theta: Floats, data: SpendData) -> tuple[Floats, tuple[Floats, ...]]:
        """Log-likelihood of each customer and its derivatives by the logarithms of (p, q, v)."""
        from scipy.special import gammaln, psi

        p, q, v = (float(value) for value in np.exp(theta))
        distinct, code, log_m = data.x_values, data.x_code, data.log_m
        px, pxq = p * distinct, p * distinct + q
        level = gammaln(pxq) - gammaln(px) - gammaln(q) + q * theta[2] + px * np.log(distinct)
        common = psi(pxq)
        d_p = distinct * (common - psi(px) + np.log(distinct))
        d_q = common - psi(q) + theta[2]
        total = v + data.m * data.x
        log_total, both = np.log(total), pxq[code]
        value = level[code] + (px[code] - 1.0) * log_m - both * log_total
        g_p = p * (d_p[code] + data.x * (log_m - log_total))
        g_q = q * (d_q[code] - log_total)
        g_v = q - both * (v / total)
        return value, (g_p, g_q, g_v)

    @classmethod
    def objective(cls, theta: Floats, data: SpendData) -> tuple[float, Floats]:
        """Average log-likelihood and gradient at the logarithms of (p, q, v)."""
        value, parts = cls.scores(theta, data)
        share = data.weight / data.customers
        return float((share * value).sum()), np.array([float((share * part).sum()) for part in parts])

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
        few = data.thinned(_THIN) if len(data.x) > _THIN else None
        return maximise(
            lambda theta: cls.objective(theta, data),
            starts,
            lower,
            upper,
            rough=None if few is None else lambda theta: cls.objective(theta, few),
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


def independence(x: ArrayLike, m: ArrayLike) -> dict[str, float | str]:
    """How far frequency and amount are from independent among repeat buyers.

    Gamma-Gamma assumes that they are. Pearson's and Spearman's correlation are reported; beyond 0.3 in size
    the note says that values are biased (a positive one understates the best customers).

    >>> independence([1, 2, 3, 4], [10.0, 12.0, 11.0, 13.0])["note"]
    'frequency and amount are correlated: values of frequent buyers are understated'
    """
    xs = np.asarray(x, dtype=np.float64)
    ms = np.asarray(m, dtype=np.float64)
    used = (xs > 0) & np.isfinite(ms)
    xs, ms = xs[used], ms[used]
    pearson, spearman = _correlation(xs, ms), _correlation(_ranks(xs), _ranks(ms))
    strongest = max((pearson, spearman), key=abs)
    note = "no sign against independence"
    if strongest > 0.3:
        note = "frequency and amount are correlated: values of frequent buyers are understated"
    elif strongest < -0.3:
        note = "frequency and amount are correlated: values of frequent buyers are overstated"
    return {"pearson": pearson, "spearman": spearman, "customers": float(len(xs)), "note": note}


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 2:
        return 0.0
    dx, dy = x - x.mean(), y - y.mean()
    size = float(np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    return float((dx * dy).sum()) / size if size > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)
