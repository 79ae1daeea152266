"""The value of a policy from the log of another: IPS, SNIPS, DM, DR.

With n decisions, a_i the action taken, p_i its logged probability, r_i the reward, pi(a | x_i) the target
policy, w_i = pi(a_i | x_i) / p_i the importance weight and q(x_i, a) an outcome model:

| estimator | value | right when |
| --- | --- | --- |
| IPS | mean(w r) | propensities are true, p > 0 wherever pi > 0 |
| SNIPS | sum(w r) / sum(w) | the same, up to a bias of order 1 / n |
| DM | mean(sum_a pi(a) q(a)) | the outcome model is true |
| DR | mean(sum_a pi(a) q(a) + w (r - q(a_i))) | either is true |

Sources: Horvitz and Thompson (1952) for IPS; Swaminathan and Joachims (2015), "The self-normalized
estimator for counterfactual learning", for SNIPS; Dudik, Langford and Li (2011), "Doubly robust policy
evaluation and learning", for DM and DR.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError
from retinue.learning.off_policy.logged import Logged, Matrix, Vector, policy_matrix
from retinue.learning.off_policy.scores import Scores

__all__ = ["dm", "dr", "importance_weights", "ips", "outcome_matrix", "snips"]


def importance_weights(logged: Logged, policy: npt.ArrayLike) -> Vector:
    """w_i = pi(a_i | x_i) / p_i (n), 0 where the policy would never have done what was done.

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.8, 0.2])
    >>> importance_weights(log, [0.5, 0.5]).tolist()
    [0.625, 2.5]
    """
    return logged.taken(policy_matrix(logged, policy)) / logged.propensity


def outcome_matrix(logged: Logged, outcome: npt.ArrayLike) -> Matrix:
    """An outcome model's prediction for every decision and action (n x A), finite numbers.

    Raises DataError for another shape or a number that is not finite.
    """
    matrix = np.asarray(outcome, dtype=np.float64)
    shape = (len(logged), len(logged.actions))
    if matrix.shape != shape or not np.isfinite(matrix).all():
        raise DataError(
            f"The outcome model has the shape {matrix.shape}, or holds numbers that are not finite.",
            where="outcome",
            fix=f"Predict the reward for every decision and action: {shape[0]:,} x {shape[1]} numbers.",
        )
    return matrix


def ips(logged: Logged, policy: npt.ArrayLike) -> Scores:
    """Inverse propensity scoring: V = mean(w_i r_i). Unbiased, and as variable as its weights.

    Parameters
    ----------
    policy: target policy (n x A, rows sum to 1), or one row for all decisions.

    >>> log = Logged.of([0, 1, 1, 0], [0.0, 1.0, 1.0, 0.0], propensities=[0.5, 0.5])
    >>> ips(log, [0.0, 1.0]).value
    1.0
    """
    weight = importance_weights(logged, policy)
    return Scores("IPS", weight * logged.reward, np.ones(len(logged)), logged.cluster)


def snips(logged: Logged, policy: npt.ArrayLike) -> Scores:
    """Self-normalised IPS: V = sum(w_i r_i) / sum(w_i).

    A constant added to all rewards moves it by just that; IPS it moves by that times the mean weight.

    >>> log = Logged.of([0, 1, 1], [0.0, 1.0, 0.5], propensities=[0.5, 0.5])
    >>> snips(log, [0.0, 1.0]).value
    0.75
    """
    weight = importance_weights(logged, policy)
    return Scores("SNIPS", weight * logged.reward, weight, logged.cluster)


def dm(logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike) -> Scores:
    """Direct method: V = mean_i sum_a pi(a | x_i) q(x_i, a). As good as the outcome model, and no better.

    Parameters
    ----------
    outcome: q(x_i, a) (n x A), predicted by a model that has not seen row i (see `crossfit`).

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5])
    >>> dm(log, [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]]).value
    0.5
    """
    direct = (policy_matrix(logged, policy) * outcome_matrix(logged, outcome)).sum(axis=1)
    return Scores("DM", direct, np.ones(len(logged)), logged.cluster, note="leaves out the model's own error")


def dr(logged: Logged, policy: npt.ArrayLike, outcome: npt.ArrayLike) -> Scores:
    """Doubly robust: V = mean_i(sum_a pi(a | x_i) q(x_i, a) + w_i (r_i - q(x_i, a_i))).

    Right when the propensities are, whatever the model; and when the model is, whatever the propensities.

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5])
    >>> dr(log, [0.0, 1.0], [[0.0, 0.9], [0.0, 0.9]]).value
    1.0
    """
    model = outcome_matrix(logged, outcome)
    direct = (policy_matrix(logged, policy) * model).sum(axis=1)
    correction = importance_weights(logged, policy) * (logged.reward - logged.taken(model))
    return Scores("DR", direct + correction, np.ones(len(logged)), logged.cluster)
