"""Less variance for a little bias: Switch-DR and DR with optimistic shrinkage (DRos).

Both keep the outcome model's value and weaken the correction where weights are large:

    V = mean_i(sum_a pi(a | x_i) q(x_i, a) + s_i (r_i - q(x_i, a_i)))

| estimator | s_i | limits |
| --- | --- | --- |
| Switch-DR | w_i if w_i <= tau, else 0 | tau = 0: DM; tau = infinity: DR |
| DRos | lambda w_i / (w_i^2 + lambda) | lambda = 0: DM; lambda = infinity: DR |

The strength is chosen among candidates as the one with the least estimated mean squared error, an estimated
variance plus the square of a bound on the bias. Of equally good ones the least biased is taken.

**Their intervals leave out the bias**, so no decision rests on them: they are shown beside DR.

Sources: Wang, Agarwal and Dudik (2017), "Optimal and adaptive off-policy evaluation in contextual bandits";
Su, Dimakopoulou, Krishnamurthy and Dudik (2020), "Doubly robust off-policy evaluation with shrinkage".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from retinue.learning.off_policy.estimators import importance_weights, outcome_matrix
from retinue.learning.off_policy.logged import Logged, Matrix, Vector, policy_matrix
from retinue.learning.off_policy.scores import Scores

__all__ = ["dros", "ratios", "select_shrinkage", "select_threshold", "switch_dr"]

Choose = Callable[[float], tuple[Vector, float]]


def switch_dr(
    logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike, threshold: float | None = None
) -> Scores:
    """Switch-DR: the correction only where the weight is at most `threshold` (tau >= 0).

    Parameters
    ----------
    threshold: tau; None chooses it by `select_threshold`.

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.9, 0.1])
    >>> model = [[0.2, 0.4], [0.2, 0.4]]
    >>> [round(switch_dr(log, [0.5, 0.5], model, tau).value, 4) for tau in (0, 10)]
    [0.3, 1.7444]
    """
    tau = select_threshold(logged, policy, outcome) if threshold is None else threshold
    weight = importance_weights(logged, policy)
    return _scores(
        "Switch-DR", logged, policy, outcome, np.where(weight <= tau, weight, 0.0), f"tau = {tau:.4g}"
    )


def dros(
    logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike, shrinkage: float | None = None
) -> Scores:
    """DRos: the correction with weights lambda w / (w^2 + lambda), `shrinkage` being lambda >= 0.

    Parameters
    ----------
    shrinkage: lambda; None chooses it by `select_shrinkage`. Infinity leaves the weights as they are.

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.9, 0.1])
    >>> model = [[0.2, 0.4], [0.2, 0.4]]
    >>> [round(dros(log, [0.5, 0.5], model, strength).value, 4) for strength in (0, 1e12)]
    [0.3, 1.7444]
    """
    strength = select_shrinkage(logged, policy, outcome) if shrinkage is None else shrinkage
    weight = _shrunk(importance_weights(logged, policy), strength)
    return _scores("DRos", logged, policy, outcome, weight, f"lambda = {strength:.4g}")


def select_threshold(
    logged: Logged,
    policy: npt.ArrayLike,
    outcome: npt.ArrayLike,
    candidates: Sequence[float] | None = None,
) -> float:
    """tau with the least estimated mean squared error, among `candidates`.

    MSE(tau) = var_i(y_i(tau)) / n + (mean_i(R * sum_a pi(a | x_i) 1[pi(a | x_i) / p(a | x_i) > tau]))^2

    with y_i(tau) the summands of Switch-DR and R the width of the reward's bounds (of those seen when it has
    none). Where the probability of the other actions is not known, the inner sum is replaced by
    w_i 1[w_i > tau], which has the same expectation. Candidates by default: 21 values spaced evenly in their
    logarithm from the 5 % to the 95 % quantile of the positive weights, and infinity (DR).
    """
    weight = importance_weights(logged, policy)
    target, ratio = policy_matrix(logged, policy), ratios(logged, policy)
    direct, residual = _parts(logged, policy, outcome)
    width, known = _width(logged), logged.known

    def trial(tau: float) -> tuple[Vector, float]:
        above = np.where(known, (target * (ratio > tau)).sum(axis=1), weight * (weight > tau))
        return np.where(weight <= tau, weight, 0.0), width * float(above.mean())

    return _least_error(direct, residual, _candidates(weight, candidates, power=1.0), trial)


def select_shrinkage(
    logged: Logged,
    policy: npt.ArrayLike,
    outcome: npt.ArrayLike,
    candidates: Sequence[float] | None = None,
    *,
    delta: float = 0.05,
) -> float:
    """lambda with the least estimated mean squared error, among `candidates`.

    MSE(lambda) = var_i(y_i(lambda)) / n + B(lambda)^2,
    B(lambda) = |mean((s - w)(r - q))| + R sqrt(2 mean(w^2) L / n) + 2 R max(w) L / (3 n),  L = log(2 / delta)

    with y_i(lambda) the summands of DRos, R as in `select_threshold` (1 in the paper, whose rewards lie in
    [0, 1]) and B = 0 for lambda = infinity, which is DR and has no bias. Candidates by default: 21 values
    spaced evenly in their logarithm from the square of the 5 % quantile of the positive weights to a hundred
    times the square of the greatest, and infinity.
    """
    weight = importance_weights(logged, policy)
    direct, residual = _parts(logged, policy, outcome)
    n, log, width = len(logged), float(np.log(2.0 / delta)), _width(logged)
    spread = width * float(np.sqrt(2.0 * np.mean(weight**2) * log / n) + 2.0 * weight.max() * log / (3.0 * n))

    def trial(strength: float) -> tuple[Vector, float]:
        shrunk = _shrunk(weight, strength)
        if np.isinf(strength):
            return shrunk, 0.0
        return shrunk, abs(float(np.mean((shrunk - weight) * residual))) + spread

    return _least_error(direct, residual, _candidates(weight, candidates, power=2.0), trial)


def ratios(logged: Logged, policy: npt.ArrayLike) -> Matrix:
    """pi(a | x_i) / p(a | x_i) for every action (n x A).

    0 where pi is 0, infinite where only p is 0, NaN where p is not known.

    >>> log = Logged.of([0, 0], [0.0, 1.0], propensities=[1.0, 0.0])
    >>> ratios(log, [0.5, 0.5]).tolist()
    [[0.5, inf], [0.5, inf]]
    """
    target = policy_matrix(logged, policy)
    if logged.propensities is None:
        return np.full(target.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Matrix = np.where(
            (target == 0) & ~np.isnan(logged.propensities), 0.0, target / logged.propensities
        )
    return found


def _scores(
    name: str, logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike, weight: Vector, strength: str
) -> Scores:
    direct, residual = _parts(logged, policy, outcome)
    return Scores(
        name,
        direct + weight * residual,
        np.ones(len(logged)),
        logged.cluster,
        note=f"{strength}; leaves out the bias of shrinking",
    )


def _parts(logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[Vector, Vector]:
    """The model's value of the policy and the model's error on what was done (n each)."""
    model = outcome_matrix(logged, outcome)
    return (policy_matrix(logged, policy) * model).sum(axis=1), logged.reward - logged.taken(model)


def _shrunk(weight: Vector, strength: float) -> Vector:
    if np.isinf(strength):
        return weight
    with np.errstate(invalid="ignore"):
        shrunk: Vector = strength * weight / (weight**2 + strength)
    return np.nan_to_num(shrunk)  # 0 / 0 is a weight of 0 shrunk to nothing


def _candidates(weight: Vector, stated: Sequence[float] | None, *, power: float) -> list[float]:
    if stated is not None:
        return sorted(map(float, stated))
    positive = weight[weight > 0]
    if not positive.size:
        return [float("inf")]
    low = float(np.quantile(positive, 0.05)) ** power
    high = float(np.quantile(positive, 0.95)) if power == 1.0 else 100.0 * float(positive.max()) ** power
    return [*np.geomspace(low, high, 21).tolist(), float("inf")]


def _least_error(direct: Vector, residual: Vector, candidates: list[float], trial: Choose) -> float:
    best, least = candidates[-1], float("inf")
    for strength in reversed(candidates):
        weight, bias = trial(strength)
        error = float(np.var(direct + weight * residual)) / len(direct) + bias**2
        if error < least:
            best, least = strength, error
    return best


def _width(logged: Logged) -> float:
    low, high = logged.reward_bounds or (float(logged.reward.min()), float(logged.reward.max()))
    return high - low
