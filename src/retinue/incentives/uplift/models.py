"""The base models of all learners: regularised linear where data are few, LightGBM where they are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from retinue.incentives.uplift.design import standardised
from retinue.incentives.uplift.effects import Floats

__all__ = ["Model", "fit_model"]

Model = Callable[[Floats], Floats]

ROUNDS = 80
LEAST_CASES = 5
"""With fewer of the rarer outcome only the mean is taken."""
RIDGE, LOGISTIC = 12.0, 3.0
"""Penalties of standardised columns; alike, since a 0/1 outcome has a variance of about a quarter."""


def fit_model(X: Floats, y: Floats, *, boosted: bool, seed: int, chances: bool = False) -> Model:
    """E[y | X] as a function of X.

    boosted: LightGBM (NaN is a value of its own) instead of a ridge or logistic regression on standardised
    features (NaN is the median, with a column that says so). chances: y is 0 or 1.

    >>> X = np.arange(100.0)[:, None]
    >>> float(fit_model(X, 2 * X[:, 0], boosted=False, seed=0)(np.array([[50.0]]))[0].round())
    100.0
    """
    spread = y.std() if len(y) else 0.0
    rare = chances and min(y.sum(), len(y) - y.sum()) < LEAST_CASES
    if spread == 0.0 or rare or X.shape[1] == 0:
        middle = float(y.mean()) if len(y) else 0.0
        return lambda x: np.full(len(x), middle)
    return (_boosting if boosted else _linear)(X, y, chances, seed)


def _boosting(X: Floats, y: Floats, chances: bool, seed: int) -> Model:
    import lightgbm

    middle, scale = (0.0, 1.0) if chances else (float(y.mean()), float(y.std()))
    booster = lightgbm.train(
        {
            "objective": "binary" if chances else "regression",
            "learning_rate": 0.05,
            "num_leaves": 4 if len(y) < 5_000 else 8,
            "min_data_in_leaf": int(np.clip(len(y) // 25, 20, 200)),
            "lambda_l2": 5.0,
            "max_bin": 63,
            "verbosity": -1,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "seed": seed % (2**31 - 1),
        },
        lightgbm.Dataset(X, (y - middle) / scale),
        ROUNDS,
    )
    return lambda x: middle + scale * np.asarray(booster.predict(x, num_threads=1), dtype=np.float64)


def _linear(X: Floats, y: Floats, chances: bool, _seed: int) -> Model:
    from sklearn.linear_model import LogisticRegression, Ridge

    design = standardised(X)
    if chances:
        logistic = LogisticRegression(C=1.0 / LOGISTIC, max_iter=200, tol=1e-4).fit(design(X), y.astype(int))
        return lambda x: np.asarray(logistic.predict_proba(design(x))[:, 1], dtype=np.float64)
    ridge = Ridge(alpha=RIDGE).fit(design(X), y)
    return lambda x: np.asarray(ridge.predict(design(x)), dtype=np.float64)
