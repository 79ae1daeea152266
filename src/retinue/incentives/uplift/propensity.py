"""The probability of each treatment where it was not logged: a cross-fitted multinomial model."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from retinue.incentives.uplift.design import standardised
from retinue.incentives.uplift.effects import Floats
from retinue.incentives.uplift.trial import LEAST_PROPENSITY, dealt

__all__ = ["estimate"]

PENALTY = 1.0


def estimate(
    X: Floats,
    treatment: npt.NDArray[np.intp],
    *,
    cluster: npt.NDArray[np.intp],
    folds: int = 5,
    seed: int = 0,
) -> Floats:
    """P(treatment | X) for none and every treatment (n x (k + 1)), each row by a model that has not seen it.

    Multinomial logistic regression on standardised features, with a column for each that has gaps. Raised to
    LEAST_PROPENSITY at least and scaled to sum to 1.

    Assumption: whatever moved both the choice of treatment and the outcome is among the features (no
    unmeasured confounding), and its log-odds are about linear in them. A known propensity needs neither.

    >>> rng = np.random.default_rng(0)
    >>> p = estimate(rng.normal(size=(500, 2)), rng.integers(0, 2, 500), cluster=np.arange(500))
    >>> bool(abs(p[:, 1].mean() - 0.5) < 0.05)
    True
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    design = standardised(X)(X)
    arms = int(treatment.max()) + 1
    if design.shape[1] == 0:
        design = np.zeros((len(X), 1))
    found = np.empty((len(X), arms))
    fold = dealt(treatment, cluster, folds, seed=seed)
    for part in range(folds):
        inside = fold == part
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=1.0 / PENALTY, max_iter=200).fit(design[~inside], treatment[~inside])
        chance = np.zeros((int(inside.sum()), arms))
        chance[:, model.classes_] = model.predict_proba(design[inside])
        found[inside] = chance
    found = np.maximum(found, LEAST_PROPENSITY)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)
