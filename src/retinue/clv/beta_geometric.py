"""What BG/NBD and MBG/NBD share: the likelihood, the chance of being alive, and the forecast.

While alive a customer buys at a rate lambda ~ Gamma(r, alpha); after a purchase the customer drops out with
probability p ~ Beta(a, b). BG/NBD lets customers drop out after each *repeat* purchase, MBG/NBD after the
first one too. With n chances to drop out so far (x in BG/NBD, x + 1 in MBG/NBD), beta = alpha + T:

    L(x, t_x, T) = G(r+x)/G(r) · alpha^r · B(a, b+n)/B(a, b)
                   · [ beta^-(r+x) + (n > 0) · a/(b+n-1) · (alpha+t_x)^-(r+x) ]

Given that a customer is alive at T, lambda ~ Gamma(r+x, beta) and p ~ Beta(a, b+n), independently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from retinue.clv.groups import PurchaseGroups, group_purchases
from retinue.clv.maximise import Floats, Maximum, Verdict, maximise
from retinue.clv.purchase_likelihood import average, scores
from retinue.clv.quadrature import beta_nodes, node_count
from retinue.errors import ArtefactError, NotEnoughData

__all__ = ["BetaGeometricNBD", "Future"]

_PARTS = (2_000, 20_000)
"""With more groups than this the maximum is sought on thinned parts first."""
_SHORTEST = 1e-100
"""With a mean age below this, in whatever unit, nobody has been observed for any time."""
_STARTS = ((0.25, 0.8, 2.5), (1.0, 1.0, 10.0), (3.0, 0.3, 1.0), (0.5, 3.0, 30.0))
"""(r, a, b); alpha follows from the mean rate."""


@dataclass(frozen=True)
class Future:
    """Purchases from now on, given that the customer is alive now.

    `expected[k]` is the mean number within `times[k]`; `none` the probability of none within the last time;
    `pairs` the mean of N (N - 1) within the last time (absent unless asked for). Arrays are row-aligned.
    """

    expected: tuple[Floats, ...]
    none: Floats
    pairs: Floats | None


@dataclass(frozen=True)
class BetaGeometricNBD:
    """A fitted model. r, a, b are pure numbers; alpha is a time in the unit in which the model was fitted."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float | None = None
    customers: float = 0.0
    verdict: Verdict = "converged"
    evaluations: int = 0

    name: ClassVar[str] = ""
    first_purchase_counts: ClassVar[float] = 0.0
    """1 when a customer can already drop out after the first purchase."""

    @property
    def parameters(self) -> dict[str, float]:
        return {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}

    # ---- likelihood -------------------------------------------------------------------------------

    @classmethod
    def objective(cls, theta: Floats, groups: PurchaseGroups) -> tuple[float, Floats]:
        """Average log-likelihood and gradient at the logarithms of (r, alpha, a, b)."""
        return average(theta, groups, cls.first_purchase_counts)

    @classmethod
    def scores(cls, theta: Floats, groups: PurchaseGroups) -> tuple[Floats, ...]:
        """Derivatives of each group's log-likelihood by the logarithms of (r, alpha, a, b)."""
        return scores(theta, groups, cls.first_purchase_counts)

    # ---- fit --------------------------------------------------------------------------------------

    @classmethod
    def fit(cls, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Fit by maximum likelihood; see `group_purchases` for the arguments.

        Raises NotEnoughData without a repeat purchase or when no maximum is found.
        """
        return cls.fit_groups(group_purchases(x, t_x, T, weight))

    @classmethod
    def fit_groups(cls, groups: PurchaseGroups) -> Self:
        """As `fit`, for customers already grouped."""
        return cls.from_maximum(cls.maximum(groups), groups)

    @classmethod
    def from_maximum(cls, top: Maximum, groups: PurchaseGroups) -> Self:
        """The model at a maximum of the likelihood of `groups`."""
        r, alpha, a, b = (float(v) for v in np.exp(top.theta))
        return cls(
            r, alpha, a, b, top.value * groups.customers, groups.customers, top.verdict, top.evaluations
        )

    @classmethod
    def maximum(cls, groups: PurchaseGroups) -> Maximum:
        """The maximum of the likelihood with its curvature and verdict."""
        ages = float((groups.weight * groups.T).sum())
        repeats = float((groups.weight * groups.x).sum())
        if repeats <= 0 or ages <= _SHORTEST * groups.customers:
            raise NotEnoughData(
                "No customer has bought a second time.",
                where=cls.name,
                fix="Value cannot be modelled before there are repeat purchases; a stated fallback is used.",
            )
        scale = ages / groups.customers
        # Dropout hides purchases, so the rate while alive lies above repeats over ages.
        rate = 1.5 * repeats / ages
        starts = [np.log([r, r / rate, a, b]) for r, a, b in _STARTS]
        lower = np.log([1e-4, 1e-5 * scale, 1e-4, 1e-4])
        upper = np.log([1e4, 1e5 * scale, 1e4, 1e4])
        parts = [groups.thinned(limit) for limit in _PARTS if len(groups) > limit]
        return maximise(
            partial(cls.objective, groups=groups),
            starts,
            lower,
            upper,
            rough=[partial(cls.objective, groups=part) for part in parts],
            what=cls.name,
        )

    # ---- what follows from the parameters ---------------------------------------------------------

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """The probability that a customer with this history has not dropped out at T."""
        xs, ts, ages = _columns(x, t_x, T)
        n = xs + self.first_purchase_counts
        chance = n > 0
        last = np.where(chance, self.b + n - 1.0, 1.0)
        gap = np.log((self.alpha + ages) / (self.alpha + ts))
        z = np.log(self.a / last) + (self.r + xs) * gap
        # Beyond 700 the exponential overflows; the probability is 0 to every digit long before.
        return np.where(chance, 1.0 / (1.0 + np.exp(np.minimum(z, 700.0))), 1.0)

    def expected_purchases(self, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """E[Y(t) | x, t_x, T]: purchases in the next `t`, whether or not the customer is still alive."""
        xs, _, ages = _columns(x, t_x, T)
        return self.p_alive(x, t_x, T) * self.future(xs, ages, (t,)).expected[0]

    def future(self, x: Floats, T: Floats, times: tuple[float, ...], *, pairs: bool = False) -> Future:
        """Purchases after T given alive at T, which then depend on (x, T) only.

        `times` are increasing; `pairs` asks for the second moment as well.

        With tau = t / (alpha + T), s = r + x and p ~ Beta(a, b + n):

            E[N(t)]       = E_p[ (1 - (1 + p tau)^-s) / p ]
            E[N(N-1)](t)  = E_p[ 2 (1-p)/p² (1 - (1 + p tau)^-s - s p tau (1 + p tau)^-(s+1)) ]
            P(N(t) = 0)   = (1 + tau)^-s

        Every operation is elementwise, so a row alone gives the same bits as in a batch.
        """
        x = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
        beta = self.alpha + np.ascontiguousarray(T, dtype=np.float64).reshape(-1)
        taus = [t / beta for t in times]
        longest = taus[-1]
        expected = [np.zeros_like(x) for _ in times]
        second = np.zeros_like(x) if pairs else None
        counts = node_count(longest)
        key = counts * 4294967296.0 + x
        order = np.argsort(key, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(x) else []:
            purchases, count = float(x[rows[0]]), int(counts[rows[0]])
            self._average(purchases, count, [tau[rows] for tau in taus], rows, expected, second)
        none = np.exp(-(self.r + x) * np.log1p(longest))
        return Future(tuple(expected), none, second)

    def _average(
        self,
        purchases: float,
        count: int,
        taus: list[Floats],
        rows: Any,
        expected: list[Floats],
        pairs: Floats | None,
    ) -> None:
        """Add up the average over p for the rows that share x and the number of nodes."""
        s = self.r + purchases
        nodes, weights = beta_nodes(self.a, self.b + purchases + self.first_purchase_counts, count)
        for tau, target in zip(taus, expected, strict=True):
            total = np.zeros_like(tau)
            for p, w in zip(nodes, weights, strict=True):
                total += (-w / p) * np.expm1(-s * np.log1p(p * tau))
            target[rows] = total
        if pairs is None:
            return
        tau, total = taus[-1], np.zeros_like(taus[-1])
        for p, w in zip(nodes, weights, strict=True):
            u = np.log1p(p * tau)
            lost = -np.expm1(-s * u) - s * (p * tau) * np.exp(-(s + 1.0) * u)
            near = 0.5 * s * (s + 1.0) * (p * tau) * (p * tau)
            # For tiny arguments the difference loses its digits; the first term of its series has them all.
            total += (2.0 * w * (1.0 - p) / (p * p)) * np.where(near < 1e-9, near, lost)
        pairs[rows] = np.maximum(total, 0.0)

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
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`; ArtefactError when it is another model's."""
        if body.get("model") != cls.name:
            raise ArtefactError(
                f"These are not the parameters of {cls.name}.",
                where=str(body.get("model")),
                fix="Fit the model again.",
            )
        return cls(**{key: value for key, value in body.items() if key != "model"})


def _columns(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Floats, Floats, Floats]:
    first, second, third = np.broadcast_arrays(
        *(np.asarray(v, dtype=np.float64).reshape(-1) for v in (x, t_x, T))
    )
    return np.ascontiguousarray(first), np.ascontiguousarray(second), np.ascontiguousarray(third)
