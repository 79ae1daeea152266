"""The value of a policy, and of the difference of two, by every estimator side by side.

Where they agree, nothing hinges on the choice of one. Where DM stands apart from the others, the outcome
model is wrong; where IPS stands apart from SNIPS, the weights are heavy.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.learning.off_policy.betting import betting
from retinue.learning.off_policy.estimators import dm, dr, ips, outcome_matrix, snips
from retinue.learning.off_policy.intervals import Interval, difference, interval
from retinue.learning.off_policy.logged import Logged, Matrix, Vector, policy_matrix
from retinue.learning.off_policy.scores import Scores
from retinue.learning.off_policy.shrinkage import dros, switch_dr

__all__ = ["Comparison", "Value", "bounded_difference", "compare", "evaluate"]


@dataclass(frozen=True, slots=True)
class Value:
    """One policy's value per decision by one estimator, with its normal interval.

    `low` and `high` are None for DM, whose interval would leave out all that matters.
    """

    estimator: str
    value: float
    low: float | None
    high: float | None
    note: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies' values per decision and their difference by one estimator, with its normal interval."""

    estimator: str
    champion: float
    challenger: float
    difference: float
    low: float | None
    high: float | None
    note: str


def evaluate(
    logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Value, ...]:
    """The value of a policy (n x A) by IPS, SNIPS, DM, DR, Switch-DR and DRos, in the reward's unit.

    Parameters
    ----------
    outcome: q(x_i, a) (n x A), see `crossfit`.

    >>> log = Logged.of([0, 1] * 200, [0.0, 1.0] * 200, propensities=[0.5, 0.5])
    >>> model = np.tile([0.0, 1.0], (400, 1))
    >>> [round(value.value, 2) for value in evaluate(log, [0.0, 1.0], model)]
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    found = []
    for scores in _all(logged, policy, outcome):
        shown = None if scores.name == "DM" else interval(scores, confidence=confidence)
        low, high = (None, None) if shown is None else (shown.low, shown.high)
        found.append(Value(scores.name, scores.value, low, high, scores.note))
    return tuple(found)


def compare(
    logged: Logged,
    champion: npt.ArrayLike,
    challenger: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[Comparison, ...]:
    """Both policies and their paired difference (challenger - champion) by every estimator."""
    found = []
    for ours, theirs in zip(_all(logged, challenger, outcome), _all(logged, champion, outcome), strict=True):
        shown = difference(ours, theirs, confidence=confidence)
        low, high = (None, None) if ours.name == "DM" else (shown.low, shown.high)
        found.append(Comparison(ours.name, theirs.value, ours.value, shown.value, low, high, ours.note))
    return tuple(found)


def bounded_difference(
    logged: Logged,
    champion: npt.ArrayLike,
    challenger: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> Interval | None:
    """The difference by DR with the betting interval; None where the reward or the weights have no bounds.

    A summand of the difference is sum_a D(a) q(a) + D(a_i) / p_i (r_i - q(a_i)), D = challenger - champion.
    Its bounds are those over all actions that could have been drawn and all rewards within their bounds.
    """
    if logged.reward_bounds is None or logged.propensities is None or not logged.known.all():
        return None
    change = policy_matrix(logged, challenger) - policy_matrix(logged, champion)
    model = np.clip(outcome_matrix(logged, outcome), *logged.reward_bounds)
    direct = (change * model).sum(axis=1)
    values = direct + logged.taken(change) / logged.propensity * (logged.reward - logged.taken(model))
    floor, ceiling = _reach(logged, change, model, direct)
    return betting(values, floor, ceiling, logged.cluster, confidence=confidence)


def _reach(logged: Logged, change: Matrix, model: Matrix, direct: Vector) -> tuple[float, float]:
    assert logged.propensities is not None and logged.reward_bounds is not None  # noqa: S101, PT018
    open_ = logged.propensities > 0
    weight = np.divide(change, logged.propensities, out=np.zeros_like(change), where=open_)
    ends = np.stack([weight * (end - model) for end in logged.reward_bounds])
    return float((direct + ends.min(axis=(0, 2))).min()), float((direct + ends.max(axis=(0, 2))).max())


def _all(logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike) -> list[Scores]:
    return [
        ips(logged, policy),
        snips(logged, policy),
        dm(logged, policy, outcome),
        dr(logged, policy, outcome),
        switch_dr(logged, policy, outcome),
        dros(logged, policy, outcome),
    ]
