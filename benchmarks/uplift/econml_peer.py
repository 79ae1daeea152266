"""The side of EconML: its learners for several treatments at once; chances of treatment known to be even."""

from __future__ import annotations

from typing import Any

import numpy as np
from econml.dml import CausalForestDML
from econml.dr import DRLearner, LinearDRLearner
from econml.metalearners import TLearner, XLearner
from lightgbm import LGBMRegressor
from peer_side import TREES, Learner, run
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler


def each(make: Any, **given: Any) -> Learner:
    """A learner fitted on scaled features, asked for the effect of every treatment."""

    def effects(X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, asked: np.ndarray) -> np.ndarray:
        scale = StandardScaler().fit(X)
        model = make().fit(outcome, treatment, X=scale.transform(X), **given)
        arms = range(1, int(treatment.max()) + 1)
        rows = scale.transform(asked)
        return np.column_stack([np.ravel(model.effect(rows, T0=0, T1=arm)) for arm in arms])

    return effects


def trees() -> Any:
    return LGBMRegressor(**TREES)


def even() -> Any:
    return DummyClassifier(strategy="prior")


LEARNERS: dict[str, Learner] = {
    "EconML TLearner": each(lambda: TLearner(models=trees())),
    "EconML XLearner": each(
        lambda: XLearner(models=trees(), cate_models=trees(), propensity_model=even()),
    ),
    "EconML DRLearner": each(
        lambda: DRLearner(
            model_propensity=even(), model_regression=trees(), model_final=trees(), cv=2, random_state=0
        )
    ),
    "EconML LinearDRLearner": each(
        lambda: LinearDRLearner(
            model_propensity=even(), model_regression=RidgeCV(np.logspace(-1, 4, 6)), cv=2, random_state=0
        )
    ),
    "EconML CausalForestDML": each(
        lambda: CausalForestDML(
            model_y=trees(),
            model_t=even(),
            discrete_treatment=True,
            cv=2,
            n_estimators=200,
            min_samples_leaf=50,
            random_state=0,
            n_jobs=1,
            inference=False,
        )
    ),
}

if __name__ == "__main__":
    run(LEARNERS)
