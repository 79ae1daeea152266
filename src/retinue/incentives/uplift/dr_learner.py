"""DR-learner: a regression on doubly robust pseudo-outcomes.

    phi_a = mu_a(x) - mu_0(x) + 1{T = a} (Y - mu_a(x)) / e_a(x) - 1{T = 0} (Y - mu_0(x)) / e_0(x)
    tau_a(x) = E[phi_a | x]

The outcome models mu and, where it is estimated, the propensity e are cross-fitted: no row's pseudo-outcome
comes from a model that has seen its customer. phi has the right mean if either mu or e is right; with the
logged propensity, always.

Source: Kennedy (2023), "Towards optimal doubly robust estimation of heterogeneous causal effects",
Electronic Journal of Statistics 17.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.incentives.uplift.effects import Floats
from retinue.incentives.uplift.ensemble import PAIRS, Rows, Uplift, half_samples
from retinue.incentives.uplift.models import Model, fit_model
from retinue.incentives.uplift.t_learner import outcome_models
from retinue.incentives.uplift.trial import Kind, Trial, dealt

__all__ = ["dr_learner"]

PARTS = 2
"""Into which a half-sample is cut for the outcome models."""


def dr_learner(
    X: npt.ArrayLike,
    treatment: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    propensity: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    base: Kind = "auto",
    pairs: int = PAIRS,
    folds: int = 5,
    seed: int = 0,
) -> Uplift:
    """The CATE of every treatment by a DR-learner: the one to take for logs with unequal propensities.

    Parameters, result, errors and assumptions are those of `t_learner`. In each half-sample the outcome
    models are fitted on one part and used on the other, and the reverse.

    >>> rng = np.random.default_rng(0)
    >>> X, t = rng.normal(size=(800, 1)), rng.integers(0, 3, 800)
    >>> y = X[:, 0] + np.array([0.0, 0.5, 1.0])[t]
    >>> dr_learner(X, t, y, propensity=[1 / 3] * 3).predict([[0.0]]).effect.round(1).tolist()
    [[0.5, 1.0]]
    """
    trial = Trial.of(
        X, treatment, outcome, propensity=propensity, clusters=clusters, base=base, folds=folds, seed=seed
    )
    return half_samples("DR-learner", _fit, trial, pairs=pairs, folds=folds, seed=seed)


def _fit(trial: Trial, rows: Rows, seed: int) -> Model:
    pseudo = _pseudo_outcomes(trial, rows, seed)
    models = [
        fit_model(trial.X[rows], column, boosted=trial.boosted, seed=seed + 100 + arm)
        for arm, column in enumerate(pseudo.T)
    ]

    def effects(x: Floats) -> Floats:
        return np.column_stack([model(x) for model in models])

    return effects


def _pseudo_outcomes(trial: Trial, rows: Rows, seed: int) -> Floats:
    """phi (rows x k)."""
    taken = trial.treatment[rows]
    fold = dealt(taken, trial.cluster[rows], PARTS, seed=seed)
    expected = np.empty((len(rows), trial.arms))
    for part in range(PARTS):
        inside = fold == part
        models = outcome_models(trial, rows[~inside], seed + 10 * part)
        expected[inside] = np.column_stack([model(trial.X[rows[inside]]) for model in models])
    place = np.arange(len(rows)), taken
    corrected = expected.copy()
    corrected[place] += (trial.outcome[rows] - expected[place]) / trial.propensity[rows][place]
    found: Floats = corrected[:, 1:] - corrected[:, :1]
    return found
