"""AUC over folds of customers, for data sets too small for one split to say much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retinue.churn.baselines import logistic_baseline
from retinue.churn.boosting import fit_booster
from retinue.churn.choice import choose_blend
from retinue.churn.encoding import Encoding
from retinue.churn.linear import fit_path
from retinue.churn.metrics import Scored
from retinue.churn.split import unit_hash
from retinue.errors import NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cross_validated_auc"]


def cross_validated_auc(
    frame: pd.DataFrame, labels: pd.DataFrame, *, seed: int, folds: int = 5
) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over the folds of the AUC of three models.

    `blend` is what `train_static` uses, `lightgbm` the boosted trees in it alone, `logistic` the baseline.

    In: a static frame and labels as for `train_static`. Each fold of customers (stable hash) is judged once
    by a model trained on 85/100 of the others, stopped and blended on their rest. Raises NotEnoughData when a
    fold lacks an outcome.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    joined = frame.merge(labels[["customer_id", "churned"]], on="customer_id", validate="one_to_one")
    joined = joined[joined["churned"].notna()].reset_index(drop=True)
    outcome = joined.pop("churned").to_numpy(dtype=float)
    place = unit_hash(joined["customer_id"], f"retinue-churn-folds-{seed}")
    inner = unit_hash(joined["customer_id"], f"retinue-churn-stop-{seed}")
    found: dict[str, list[float]] = {"blend": [], "lightgbm": [], "logistic": []}
    for fold in range(folds):
        judged = np.floor(place * folds) == fold
        fit, stop = ~judged & (inner < 0.85), ~judged & (inner >= 0.85)
        if min(len(np.unique(outcome[m])) for m in (judged, fit, stop)) < 2:
            raise NotEnoughData(
                f"Fold {fold + 1} of {folds} lacks churners or stayers.",
                where=f"{len(outcome)} customers",
                fix="Use fewer folds, or more customers.",
            )
        encoding = Encoding.learn(joined[fit])
        matrices = {name: encoding.matrix(joined[m]) for name, m in (("fit", fit), ("stop", stop))}
        test = encoding.matrix(joined[judged])
        booster = fit_booster(
            (matrices["fit"], outcome[fit]),
            (matrices["stop"], outcome[stop]),
            encoding.names,
            categorical=encoding.categorical,
            seed=seed,
        )
        path = fit_path(encoding, matrices["fit"], outcome[fit])
        names = joined["customer_id"][stop]
        score = choose_blend(booster, path, matrices["stop"], outcome[stop], names, seed=seed)
        # The rival needs no rows to stop by: it is given them to train on.
        whole = np.vstack([matrices["fit"], matrices["stop"]])
        with threadpool_limits(1):
            rival = logistic_baseline(encoding, whole, np.concatenate([outcome[fit], outcome[stop]]), test)
        ones = np.ones((1, int(judged.sum())))
        found["blend"].append(float(Scored(score.log_odds(test), outcome[judged]).auc(ones)[0]))
        found["lightgbm"].append(float(Scored(booster.log_odds(test), outcome[judged]).auc(ones)[0]))
        found["logistic"].append(float(Scored(rival, outcome[judged]).auc(ones)[0]))
    return {
        name: {"mean": round(float(np.mean(a)), 6), "sd": round(float(np.std(a, ddof=1)), 6)}
        for name, a in found.items()
    }
