"""T-learner: one outcome model per arm, and their differences.

    tau_a(x) = mu_a(x) - mu_0(x),    mu_a(x) = E[Y | x, T = a]

Says most where arms are large and effects complex; where effects are simpler than outcomes, the errors of two
unrelated models do not cancel (X or DR do better).

Source: Künzel, Sekhon, Bickel and Yu (2019), "Metalearners for estimating heterogeneous treatment effects
using machine learning", PNAS 116.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.incentives.uplift.effects import Floats
from retinue.incentives.uplift.ensemble import PAIRS, Rows, Uplift, half_samples
from retinue.incentives.uplift.models import Model, fit_model
from retinue.incentives.uplift.trial import Kind, Trial

__all__ = ["outcome_models", "t_learner"]


def t_learner(
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
    """The CATE of every treatment by a T-learner.

    Parameters
    ----------
    X: n x p features as of the time of the action, NaN where missing.
    treatment: 0 for none, 1 to k (n). outcome: 0/1 (retained) or money (n); more is better.
    propensity: P(each arm | x), n x (k + 1) or one row for all, as it was when drawn; without it, it is
        estimated (for evaluation; the T-learner itself does not use it).
    clusters: customer of each row, any labels; a customer's rows are never split. Without: one row each.
    base: base models; `auto` is linear below 1,500 rows or 50 of the rarer outcome in an arm, else LightGBM.
    pairs: pairs of half-samples, at least 2. folds: of the out-of-fold effects and the estimated propensity.
    seed: of every split.

    Returns `Uplift`: `out_of_fold` effects, their `order` for evaluation, and `predict` for anyone. Raises as
    `Trial.of` does.

    Assumptions: given x, the arm is as good as random; one customer's treatment does not touch another's
    outcome; errors as in `ensemble`.

    >>> rng = np.random.default_rng(0)
    >>> X, t = rng.normal(size=(800, 1)), rng.integers(0, 2, 800)
    >>> y = (rng.random(800) < 0.5 + 0.2 * t * (X[:, 0] > 0)).astype(float)
    >>> found = t_learner(X, t, y, propensity=[0.5, 0.5]).predict([[-1.0], [1.0]])
    >>> bool(found.effect[1, 0] > found.effect[0, 0])
    True
    """
    trial = Trial.of(
        X, treatment, outcome, propensity=propensity, clusters=clusters, base=base, folds=folds, seed=seed
    )
    return half_samples("T-learner", _fit, trial, pairs=pairs, folds=folds, seed=seed)


def outcome_models(trial: Trial, rows: Rows, seed: int) -> list[Model]:
    """mu_a for none and each treatment, fitted on these rows."""
    return [
        fit_model(
            trial.X[mine], trial.outcome[mine], boosted=trial.boosted, seed=seed + arm, chances=trial.binary
        )
        for arm in range(trial.arms)
        for mine in [rows[trial.treatment[rows] == arm]]
    ]


def _fit(trial: Trial, rows: Rows, seed: int) -> Model:
    models = outcome_models(trial, rows, seed)

    def effects(x: Floats) -> Floats:
        none = models[0](x)
        return np.column_stack([model(x) - none for model in models[1:]])

    return effects
