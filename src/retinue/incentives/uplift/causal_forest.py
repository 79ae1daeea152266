"""Causal forest: honest trees on residuals, with asymptotic errors, by EconML (extra `causal`).

    Y - E[Y | x] is regressed on 1{T = a} - P(T = a | x), locally: a forest gives the weights of neighbours.

Each tree chooses its splits on one half of its sample and measures effects on the other; the error comes from
little bags of half-samples. Residuals are cross-fitted, with the base models of the other learners.

Sources: Athey, Tibshirani and Wager (2019), "Generalized random forests", Annals of Statistics 47;
Chernozhukov et al. (2018), "Double/debiased machine learning for treatment and structural parameters".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError, PluginError
from retinue.incentives.uplift.design import standardised
from retinue.incentives.uplift.effects import Effects, Floats
from retinue.incentives.uplift.ensemble import Rows, ranks
from retinue.incentives.uplift.trial import Trial, dealt

__all__ = ["Forest", "causal_forest"]

TREES = 400


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A fitted causal forest: the same face as `Uplift`."""

    learner: str
    out_of_fold: Effects
    order: Floats
    fold: Rows
    trial: Trial
    whole: Any

    def predict(self, X: npt.ArrayLike) -> Effects:
        """The effects of any customers (m x p); DataError where the columns differ in number."""
        features = np.asarray(X, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != self.trial.X.shape[1]:
            raise DataError(
                f"X is {features.shape}; the forest was grown on {self.trial.X.shape[1]} features.", where="X"
            )
        return _effects(self.whole, standardised(self.trial.X)(features), self.trial.arms)


def causal_forest(
    X: npt.ArrayLike,
    treatment: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    propensity: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    trees: int = TREES,
    folds: int = 5,
    seed: int = 0,
) -> Forest:
    """The CATE of every treatment by EconML's `CausalForestDML`.

    Parameters and errors are those of `t_learner`. trees: a multiple of 4 times the treatments is best.
    folds: of the out-of-fold effects; each fold's forest is grown without the fold's customers. `propensity`
    serves evaluation; the forest estimates its own.

    Raises PluginError where EconML is not installed: `pip install retinue[causal]`.

    Assumptions: those of `t_learner`; the error is asymptotic and optimistic in small samples or at edges.
    """
    forest = _library()
    trial = Trial.of(X, treatment, outcome, propensity=propensity, clusters=clusters, folds=folds, seed=seed)
    scaled = standardised(trial.X)(trial.X)
    fold = dealt(trial.treatment, trial.cluster, folds, seed=seed)
    shape = (len(trial), trial.arms - 1)
    effect, error, order = np.empty(shape), np.empty(shape), np.empty(shape)
    for part in range(folds):
        inside = fold == part
        grown = _grow(forest, trial, scaled, np.flatnonzero(~inside), trees, seed)
        found = _effects(grown, scaled[inside], trial.arms)
        effect[inside], error[inside] = found.effect, found.error
        order[inside] = ranks(found.effect)
    whole = _grow(forest, trial, scaled, np.arange(len(trial)), trees, seed)
    return Forest("causal forest", Effects(effect, error), order, fold, trial, whole)


def _library() -> Any:
    try:
        from econml.dml import CausalForestDML
    except ImportError as error:
        raise PluginError(
            "The causal forest needs EconML, which is not installed.",
            where="causal_forest",
            fix="pip install retinue[causal], or take dr_learner, which needs nothing more.",
        ) from error
    return CausalForestDML


def _grow(forest: Any, trial: Trial, scaled: Floats, rows: Rows, trees: int, seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    shape = {"n_estimators": 80, "num_leaves": 8, "learning_rate": 0.05, "verbosity": -1, "n_jobs": 1}
    grown = forest(
        model_y=LGBMRegressor(**shape, random_state=seed) if trial.boosted else Ridge(alpha=20.0),
        model_t=LGBMClassifier(**shape, random_state=seed) if trial.boosted else LogisticRegression(C=0.05),
        discrete_treatment=True,
        cv=2,
        n_estimators=-(-trees // 4) * 4,
        min_samples_leaf=max(5, min(50, len(rows) // 200)),
        random_state=seed,
        n_jobs=1,
    )
    # Folds of the residuals by customer: a list of (others, own) positions.
    side = dealt(trial.treatment[rows], trial.cluster[rows], 2, seed=seed + 1)
    grown.cv = [(np.flatnonzero(side != s), np.flatnonzero(side == s)) for s in (0, 1)]
    return grown.fit(trial.outcome[rows], trial.treatment[rows], X=scaled[rows])


def _effects(grown: Any, scaled: Floats, arms: int) -> Effects:
    found = [grown.effect_inference(scaled, T0=0, T1=arm) for arm in range(1, arms)]
    return Effects(
        np.column_stack([np.ravel(one.point_estimate) for one in found]).astype(np.float64),
        np.column_stack([np.ravel(one.stderr) for one in found]).astype(np.float64),
    )
