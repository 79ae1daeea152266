"""Retention per incentive and its difference to no incentive, from logged actions with probabilities.

With r the outcome (1 retained), a the action taken and p its logged probability, the mean retention under
action k is the self-normalised inverse-propensity mean

    m_k = sum(w r) / sum(w),   w = 1[a = k] / p

and its standard error follows from linearisation, sqrt(sum((w (r - m_k))^2)) / sum(w). Where every customer
had the same probabilities this is the plain difference of two shares. Valid when the probabilities are those
that were really used and every action compared had a positive one for everybody compared.

Source: Hájek (1971), comment on an essay by D. Basu; Swaminathan and Joachims (2015), "The self-normalized
estimator for counterfactual learning".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_CUSTOMERS", "Arm", "Effect", "effects"]

LEAST_CUSTOMERS = 30
"""With fewer customers in an arm no difference is given: the normal interval would not hold."""

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Arm:
    """Customers who got one action, and the share of them retained with its 95 % interval."""

    action: str
    customers: int
    retained: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Difference in retention between an action and none (in shares), 95 % interval, and what it says."""

    action: str
    difference: float | None
    low: float | None
    high: float | None
    statement: str


def effects(
    action: NDArray[np.str_], probability: NDArray[np.float64], retained: NDArray[np.float64], control: str
) -> tuple[list[Arm], list[Effect]]:
    """Arms in alphabetical order with the control first, and the effect of every other arm.

    >>> a = np.array(["none"] * 100 + ["fixed_credit"] * 100)
    >>> r = np.array([1.0] * 60 + [0.0] * 40 + [1.0] * 80 + [0.0] * 20)
    >>> arms, found = effects(a, np.full(200, 0.5), r, "none")
    >>> round(found[0].difference, 3), found[0].low > 0
    (0.2, True)
    """
    names = sorted(set(action.tolist()), key=lambda name: (name != control, name))
    means = {name: _mean(action == name, probability, retained) for name in names}
    arms = [
        Arm(name, n, m, max(0.0, m - Z95 * s), min(1.0, m + Z95 * s)) for name, (n, m, s) in means.items()
    ]
    found = [_effect(name, means[name], means.get(control)) for name in names if name != control]
    return arms, found


def _mean(
    rows: NDArray[np.bool_], probability: NDArray[np.float64], retained: NDArray[np.float64]
) -> tuple[int, float, float]:
    weight = 1.0 / probability[rows]
    total = weight.sum()
    mean = float((weight * retained[rows]).sum() / total)
    error = float(np.sqrt(((weight * (retained[rows] - mean)) ** 2).sum()) / total)
    return int(rows.sum()), mean, error


def _effect(name: str, arm: tuple[int, float, float], control: tuple[int, float, float] | None) -> Effect:
    words = name.replace("_", " ")
    if control is None:
        return Effect(name, None, None, None, f"{words}: nobody was left alone to compare with.")
    if min(arm[0], control[0]) < LEAST_CUSTOMERS:
        few = f"{arm[0]} customers against {control[0]}, too few to tell (least {LEAST_CUSTOMERS} each)"
        return Effect(name, None, None, None, f"{words}: {few}.")
    difference = arm[1] - control[1]
    margin = Z95 * float(np.hypot(arm[2], control[2]))
    low, high = difference - margin, difference + margin
    interval = f"{difference:+.1%} ({low:+.1%} to {high:+.1%})"
    if low > 0:
        statement = f"{words}: keeps more customers than doing nothing, {interval}."
    elif high < 0:
        statement = f"{words}: keeps fewer customers than doing nothing, {interval}."
    else:
        statement = f"{words}: no evidence of an effect, {interval}."
    return Effect(name, difference, low, high, statement)
