"""Shifted-beta-geometric: how long contracts last (Fader & Hardie 2007, "How to Project Customer Retention").

At each renewal a customer leaves with an own constant probability theta ~ Beta(a, b). Those who leave easily
leave first, so retention of the survivors rises with age although nobody changes:

    P(T = t) = B(a+1, b+t-1) / B(a, b)        S(t) = B(a, b+t) / B(a, b)
    S(n+k | alive at n) = product over j < k of (b+n+j) / (a+b+n+j)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from retinue.clv.histories import float_columns, refuse
from retinue.clv.maximise import Floats, Maximum, Verdict, maximise
from retinue.errors import ArtefactError, NotEnoughData

__all__ = ["RenewalData", "ShiftedBetaGeometric", "renewal_data"]

_OLDEST = 1e9
"""More periods than any contract can have: minutes of two thousand years."""
_STARTS = ((0.7, 1.2), (0.7, 4.0), (1.0, 20.0), (5.0, 50.0))


@dataclass(frozen=True)
class RenewalData:
    """Distinct ages with the number of contracts that ended in that period (1 = the first) or run on.

    `ended_weight[i]` contracts ended in period `ages[i]`; `running_weight[i]` had completed `ages[i]` periods
    when last seen.
    """

    ages: Floats
    ended_weight: Floats
    running_weight: Floats

    @property
    def contracts(self) -> float:
        return float(self.ended_weight.sum() + self.running_weight.sum())


def renewal_data(ended_in: ArrayLike, running_for: ArrayLike) -> RenewalData:
    """Group contracts by age.

    Parameters
    ----------
    ended_in: for each contract that ended, the period of its end, 1, 2, …
    running_for: for each that runs on (right-censored), the periods completed, 0, 1, …

    >>> renewal_data([1, 1, 2], [2, 2]).running_weight.tolist()
    [0.0, 2.0]
    """
    (ended,) = float_columns(ended_in=ended_in)
    (running,) = float_columns(running_for=running_for)
    for name, values, least in (("ended_in", ended, 1), ("running_for", running, 0)):
        refuse(
            ~((values >= least) & (values < _OLDEST) & (values == np.floor(values))),
            "Ages of contracts must be whole numbers of periods.",
            "Ends count from 1, running contracts from 0.",
            **{name: values},
        )
    ages_ended, count_ended = np.unique(ended, return_counts=True)
    ages_running, count_running = np.unique(running, return_counts=True)
    ages = np.union1d(ages_ended, ages_running)
    ended_weight, running_weight = np.zeros_like(ages), np.zeros_like(ages)
    ended_weight[np.searchsorted(ages, ages_ended)] = count_ended
    running_weight[np.searchsorted(ages, ages_running)] = count_running
    return RenewalData(ages, ended_weight, running_weight)


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """A fitted model.

    >>> survivors = [1000, 869, 743, 653, 593, 551, 517, 491]  # "High End" of the paper, seven years
    >>> gone = [t + 1 for t in range(7) for _ in range(survivors[t] - survivors[t + 1])]
    >>> model = ShiftedBetaGeometric.fit(gone, [7] * 491)
    >>> round(model.a, 3), round(model.b, 3)
    (0.668, 3.806)
    >>> [round(float(s), 3) for s in model.survival([1.0, 7.0, 12.0])]
    [0.851, 0.489, 0.378]
    """

    a: float
    b: float
    log_likelihood: float | None = None
    contracts: float = 0.0
    verdict: Verdict = "converged"
    evaluations: int = 0

    name: ClassVar[str] = "sBG"

    @property
    def parameters(self) -> dict[str, float]:
        return {"a": self.a, "b": self.b}

    @classmethod
    def scores(cls, theta: Floats, data: RenewalData) -> tuple[tuple[Floats, Floats], tuple[Floats, ...]]:
        """For each age: (log-likelihood of an end, of running on), then their derivatives by log a, log b."""
        from scipy.special import gammaln, psi

        a, b = (float(v) for v in np.exp(theta))
        t = data.ages
        last = np.maximum(t, 1.0) - 1.0
        # Differences of gammaln are taken per argument pair so that large parameters keep their digits.
        base = gammaln(a + b) - gammaln(b)
        running = gammaln(b + t) - gammaln(a + b + t) + base
        ended = theta[0] + gammaln(b + last) - gammaln(a + b + last + 1.0) + base
        psi_ab, psi_b = psi(a + b), psi(b)
        run_a = a * (psi_ab - psi(a + b + t))
        run_b = b * (psi(b + t) - psi(a + b + t) + psi_ab - psi_b)
        end_a = 1.0 + a * (psi_ab - psi(a + b + last + 1.0))
        end_b = b * (psi(b + last) - psi(a + b + last + 1.0) + psi_ab - psi_b)
        return (ended, running), (end_a, run_a, end_b, run_b)

    @classmethod
    def objective(cls, theta: Floats, data: RenewalData) -> tuple[float, Floats]:
        """Average log-likelihood and gradient at the logarithms of (a, b)."""
        (ended, running), (end_a, run_a, end_b, run_b) = cls.scores(theta, data)
        we, wr, n = data.ended_weight, data.running_weight, data.contracts
        value = float((we * ended).sum() + (wr * running).sum()) / n
        gradient = [float((we * e).sum() + (wr * r).sum()) / n for e, r in ((end_a, run_a), (end_b, run_b))]
        return value, np.array(gradient)

    @classmethod
    def fit(cls, ended_in: ArrayLike, running_for: ArrayLike) -> ShiftedBetaGeometric:
        """Fit by maximum likelihood; see `renewal_data` for the arguments.

        Raises NotEnoughData unless some contract ended and some outlived a period.
        """
        data = renewal_data(ended_in, running_for)
        return cls.from_maximum(cls.maximum(data), data)

    @classmethod
    def from_maximum(cls, top: Maximum, data: RenewalData) -> ShiftedBetaGeometric:
        """The model at a maximum of the likelihood of `data`."""
        a, b = (float(v) for v in np.exp(top.theta))
        return cls(a, b, top.value * data.contracts, data.contracts, top.verdict, top.evaluations)

    @classmethod
    def maximum(cls, data: RenewalData) -> Maximum:
        """The maximum of the likelihood with its curvature and verdict."""
        survived = float(((data.ages > 0) * data.running_weight + (data.ages > 1) * data.ended_weight).sum())
        if data.ended_weight.sum() <= 0 or survived <= 0:
            raise NotEnoughData(
                "No contract has ended yet, or none outlived its first period.",
                where=cls.name,
                fix="Survival cannot be modelled before some contracts ended; a stated fallback is used.",
            )
        starts = [np.log([a, b]) for a, b in _STARTS]
        lower, upper = np.log([1e-4, 1e-4]), np.log([1e4, 1e6])
        return maximise(lambda theta: cls.objective(theta, data), starts, lower, upper, what=cls.name)

    def survival(self, t: ArrayLike, age: ArrayLike = 0.0) -> Floats:
        """The probability to outlive `t` more periods for a contract that has completed `age`."""
        from scipy.special import gammaln

        n = np.asarray(age, dtype=np.float64)
        more = np.asarray(t, dtype=np.float64)
        a, b = self.a, self.b + n
        result = np.exp(gammaln(b + more) - gammaln(b) - gammaln(a + b + more) + gammaln(a + b))
        return np.asarray(np.clip(result, 0.0, 1.0), dtype=np.float64)

    def retention(self, t: ArrayLike) -> Floats:
        """The share of those at age t - 1 who renew into t: (b + t - 1) / (a + b + t - 1)."""
        periods = np.asarray(t, dtype=np.float64)
        return np.asarray((self.b + periods - 1.0) / (self.a + self.b + periods - 1.0), dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for a summary or for bytes."""
        return {
            "model": self.name,
            **self.parameters,
            "log_likelihood": self.log_likelihood,
            "contracts": self.contracts,
            "verdict": self.verdict,
            "evaluations": self.evaluations,
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> ShiftedBetaGeometric:
        """The inverse of `as_dict`; ArtefactError when it is another model's."""
        if body.get("model") != cls.name:
            raise ArtefactError(
                f"These are not the parameters of {cls.name}.", where=str(body.get("model")), fix="Fit again."
            )
        return cls(**{key: value for key, value in body.items() if key != "model"})
