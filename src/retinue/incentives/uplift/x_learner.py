"""X-learner: impute what each customer's effect would have been, then model that.

    D1 = Y - mu_0(x) of the treated     D0 = mu_a(x) - Y of the others
    tau_a(x) = g tau_0(x) + (1 - g) tau_1(x),    tau_1 = E[D1 | x], tau_0 = E[D0 | x]

g is the mean share of treatment a among a and none: where few were treated, tau_1, which leans on the well
known mu_0, counts most. (Any g in [0, 1] is right; one number serves customers without a logged propensity.)

Source: Künzel, Sekhon, Bickel and Yu (2019), "Metalearners for estimating heterogeneous treatment effects
using machine learning", PNAS 116.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.incentives.uplift.effects import Floats
from retinue.incentives.uplift.ensemble import PAIRS, Rows, Uplift, half_samples
from retinue.incentives.uplift.models import Model, fit_model
from retinue.incentives.uplift.t_learner import outcome_models
from retinue.incentives.uplift.trial import Kind, Trial

__all__ = ["x_learner"]


def x_learner(
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
    """The CATE of every treatment by an X-learner: for arms of unequal size and simple effects.

    Parameters, result, errors and assumptions are those of `t_learner`.

    >>> rng = np.random.default_rng(0)
    >>> X, t = rng.normal(size=(800, 1)), (rng.random(800) < 0.2).astype(int)
    >>> y = X[:, 0] + 0.5 * t
    >>> found = x_learner(X, t, y, propensity=[0.8, 0.2]).predict([[0.0]])
    >>> round(float(found.effect[0, 0]), 1)
    0.5
    """
    trial = Trial.of(
        X, treatment, outcome, propensity=propensity, clusters=clusters, base=base, folds=folds, seed=seed
    )
    return half_samples("X-learner", _fit, trial, pairs=pairs, folds=folds, seed=seed)


def _fit(trial: Trial, rows: Rows, seed: int) -> Model:
    outcomes = outcome_models(trial, rows, seed)
    none = rows[trial.treatment[rows] == 0]
    parts = []
    for arm in range(1, trial.arms):
        treated = rows[trial.treatment[rows] == arm]
        gained = trial.outcome[treated] - outcomes[0](trial.X[treated])
        missed = outcomes[arm](trial.X[none]) - trial.outcome[none]
        of_treated = fit_model(trial.X[treated], gained, boosted=trial.boosted, seed=seed + 100 + arm)
        of_others = fit_model(trial.X[none], missed, boosted=trial.boosted, seed=seed + 200 + arm)
        pair = trial.propensity[rows][:, [0, arm]]
        parts.append((float((pair[:, 1] / pair.sum(axis=1)).mean()), of_others, of_treated))

    def effects(x: Floats) -> Floats:
        return np.column_stack([g * others(x) + (1 - g) * treated(x) for g, others, treated in parts])

    return effects
