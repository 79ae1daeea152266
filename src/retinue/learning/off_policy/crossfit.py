"""An outcome model q(x, a) whose prediction for a row has never seen the row, nor its customer.

The customers are cut into folds; each fold is predicted by a model fitted on the others. So the noise of a
reward cannot creep into its own prediction, and the intervals of DR hold without assumptions on the model.

| learner | used | model |
| --- | --- | --- |
| mean | without context, or below 50 rows | (sum + k m) / (count + k) per action, m the mean of all |
| ridge | below 5,000 rows | actions, context and their products; logistic for rewards of 0 and 1 |
| boosting | from 5,000 rows | LightGBM on the context and the action |
 A poor model costs width, never coverage.

Source: Chernozhukov et al. (2018), "Double/debiased machine learning for treatment and structural
parameters".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from retinue.errors import UsageError
from retinue.learning.off_policy.logged import Codes, Logged, Matrix, Vector

__all__ = ["Learner", "crossfit", "folds_of"]

Learner = Literal["auto", "mean", "ridge", "boosting"]
Predict = Callable[[Matrix, int], Vector]

BOOST_FROM = 5_000
LEAST_ROWS = 50
"""With fewer rows to fit on, only means are taken."""
PRIOR_ROWS = 10.0
"""k: the mean of all counts like so many rows of each action."""
MOST_COLUMNS = 400
"""Products of actions and context are left out where they would be more columns than this."""
RIDGE = 10.0
"""Penalty of the standardised columns."""


def crossfit(logged: Logged, *, folds: int = 5, learner: Learner = "auto", seed: int = 0) -> Matrix:
    """q(x_i, a) for every row and action (n x A), in the reward's unit and within its bounds.

    Parameters
    ----------
    folds: how many parts; at least 2, and at most as many as there are customers.
    learner: see the module; `auto` takes boosting from 5,000 rows with context, ridge below.
    seed: of the cut into folds.

    Raises UsageError for fewer than two folds or an unknown learner.

    >>> log = Logged.of([0, 1] * 30, [0.0, 1.0] * 30, propensities=[0.5, 0.5])
    >>> crossfit(log)[0].round(1).tolist()
    [0.1, 0.9]
    """
    if folds < 2 or learner not in ("auto", "mean", "ridge", "boosting"):
        raise UsageError(
            f"Cannot cross-fit '{learner}' with {folds} folds.",
            where="crossfit",
            fix="Use two folds or more, and one of auto, mean, ridge, boosting.",
        )
    fold = folds_of(logged.cluster, min(folds, logged.clusters), seed=seed)
    context = np.zeros((len(logged), 0)) if logged.context is None else logged.context
    outcome = np.empty((len(logged), len(logged.actions)))
    for part in range(int(fold.max()) + 1):
        inside, rest = fold == part, fold != part
        if not rest.any():  # one customer only: nothing to learn from but the middle
            outcome[inside] = _middle(logged)
            continue
        predict = _fit(logged, context, rest, _learner(learner, context, rest), seed)
        outcome[inside] = np.column_stack(
            [predict(context[inside], action) for action in range(len(logged.actions))]
        )
    return outcome if logged.reward_bounds is None else np.clip(outcome, *logged.reward_bounds)


def folds_of(cluster: Codes, folds: int, *, seed: int = 0) -> Codes:
    """The fold of each row (n): all rows of a customer in one, customers spread evenly.

    >>> folds_of(np.array([0, 0, 1, 1, 2, 2]), 3).tolist() == [2, 2, 0, 0, 1, 1]
    True
    """
    many = int(cluster.max()) + 1
    of_customer = np.random.default_rng(seed).permutation(many) % max(1, folds)
    return of_customer[cluster].astype(np.intp)


def _middle(logged: Logged) -> float:
    return 0.0 if logged.reward_bounds is None else sum(logged.reward_bounds) / 2.0


def _learner(asked: Learner, context: Matrix, rows: npt.NDArray[np.bool_]) -> Learner:
    many = int(rows.sum())
    if context.shape[1] == 0 or many < LEAST_ROWS:
        return "mean"
    if asked == "auto":
        return "boosting" if many >= BOOST_FROM else "ridge"
    return asked


def _fit(
    logged: Logged, context: Matrix, rows: npt.NDArray[np.bool_], learner: Learner, seed: int
) -> Predict:
    action, reward = logged.action[rows], logged.reward[rows]
    if learner == "mean" or reward.min() == reward.max():
        return _fit_mean(action, reward, len(logged.actions))
    fit = _fit_boosting if learner == "boosting" else _fit_ridge
    return fit(context[rows], action, reward, len(logged.actions), _binary(logged), seed)


def _binary(logged: Logged) -> bool:
    return logged.reward_bounds == (0.0, 1.0) and bool(np.isin(logged.reward, (0.0, 1.0)).all())


def _fit_mean(action: Codes, reward: Vector, actions: int) -> Predict:
    counts = np.bincount(action, minlength=actions)
    sums = np.bincount(action, weights=reward, minlength=actions)
    means = (sums + PRIOR_ROWS * reward.mean()) / (counts + PRIOR_ROWS)
    return lambda context, a: np.full(len(context), means[a])


def _fit_ridge(
    context: Matrix, action: Codes, reward: Vector, actions: int, binary: bool, _seed: int
) -> Predict:
    from sklearn.linear_model import LogisticRegression, Ridge

    with np.errstate(all="ignore"):
        seen = ~np.isnan(context)
        counts = np.maximum(seen.sum(axis=0), 1)
        middle = np.where(seen, context, 0.0).sum(axis=0) / counts
        spread = np.sqrt((np.where(seen, context - middle, 0.0) ** 2).sum(axis=0) / counts)
    spread[spread == 0] = 1.0
    products = actions * context.shape[1] <= MOST_COLUMNS

    def design(x: Matrix, a: Codes) -> Matrix:
        scaled = np.clip(np.nan_to_num((x - middle) / spread), -5.0, 5.0)
        taken = np.eye(actions)[a]
        parts = [taken, scaled]
        if products:
            parts.append((taken[:, :, None] * scaled[:, None, :]).reshape(len(x), -1))
        return np.hstack(parts)

    if binary:
        model = LogisticRegression(C=1.0 / RIDGE, max_iter=200, tol=1e-3)
        model.fit(design(context, action), reward.astype(int))
        return lambda x, a: model.predict_proba(design(x, np.full(len(x), a)))[:, 1]
    model = Ridge(alpha=RIDGE)
    model.fit(design(context, action), reward)
    return lambda x, a: model.predict(design(x, np.full(len(x), a)))


def _fit_boosting(
    context: Matrix, action: Codes, reward: Vector, _actions: int, binary: bool, seed: int
) -> Predict:
    import lightgbm

    def design(x: Matrix, a: Codes) -> Matrix:
        return np.column_stack([x, a.astype(np.float64)])

    data = lightgbm.Dataset(
        design(context, action), label=reward, categorical_feature=[context.shape[1]], free_raw_data=True
    )
    booster = lightgbm.train(
        {
            "objective": "binary" if binary else "regression",
            "learning_rate": 0.05,
            "num_leaves": 15,
            "min_data_in_leaf": 50,
            "lambda_l2": 10.0,
            "verbosity": -1,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "seed": seed,
        },
        data,
        num_boost_round=100,
    )
    return lambda x, a: booster.predict(design(x, np.full(len(x), a)))
