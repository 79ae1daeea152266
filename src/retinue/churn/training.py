"""From a frame and its labels to a churn model that has been judged.

Rows of active customers with a complete window are split (by time where possible, else by customer); the
first part trains; the second stops the training, weighs the trees against the linear model, calibrates and
shapes the time curve; the third judges. The model that was judged is the model that is returned: it is not
trained again on the rows that judged it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.churn import fallback as fallback_module
from retinue.churn.baselines import logistic_baseline, recency_baseline
from retinue.churn.boosting import fit_booster
from retinue.churn.calibration import fit_calibration
from retinue.churn.choice import choose_blend
from retinue.churn.dates import window_days
from retinue.churn.encoding import Encoding
from retinue.churn.evaluate import LEAST_OUTCOMES, Evaluation, compare
from retinue.churn.linear import fit_path
from retinue.churn.metrics import Scored
from retinue.churn.model import ChurnModel, FallbackModel, TrainedModel
from retinue.churn.rows import Rows, facts_of, judged_rows, lacking
from retinue.churn.split import PARTS, Split, sample_customers, split_by_customer, split_by_time
from retinue.churn.timing import fit_timing
from retinue.churn.verdict import verdict
from retinue.progress import Share, Tell
from retinue.settings import ChurnSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["train", "train_static"]

Vector = npt.NDArray[np.float64]

ACT_ABOVE = 0.40
"""The probability above which customers are acted on (`decisions.act_above`)."""


EFFORT = {"encode": 4, "boost": 26, "line": 10, "blend": 4, "rivals": 13, "judge": 43}
"""What the steps of a training cost beside one another, in processor seconds at 300,000 rows."""


def train(
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    settings: ChurnSettings,
    definition: str,
    seed: int,
    act_above: float = ACT_ABOVE,
    threads: int | None = None,
    progress: Tell | None = None,
) -> ChurnModel:
    """Train on snapshots of many dates.

    Parameters
    ----------
    frame: `customer_id`, `as_of`, feature columns; rows without a label are left out.
    labels: from `churn_labels` for the same dates.
    act_above: the operating point at which precision and recall are given.
    threads: for the training only; the result does not depend on it.
    progress: told the share that is done; a fallback tells none.

    With fewer than `settings.minimum_churners` churning or staying customers, a stated fallback is returned.
    """
    return _train(
        judged_rows(frame, labels),
        settings=settings,
        definition=definition,
        seed=seed,
        act_above=act_above,
        threads=threads,
        progress=progress,
        categories=None,
    )


def train_static(
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    settings: ChurnSettings,
    seed: int,
    categories: Mapping[str, Sequence[str]] | None = None,
    act_above: float = ACT_ABOVE,
    threads: int | None = None,
    progress: Tell | None = None,
) -> ChurnModel:
    """Train on one snapshot without dates, split by customer.

    Parameters
    ----------
    frame: `customer_id` and feature columns. Text columns are categorical.
    labels: `customer_id` and `churned` (1, 0; NaN is left out).
    categories: the values of columns that hold codes, by column.

    Such data know no window: the probability is that of the label, and the time to churn is NaN.
    """
    return _train(
        judged_rows(frame, labels),
        settings=settings,
        definition="static",
        seed=seed,
        act_above=act_above,
        threads=threads,
        progress=progress,
        categories=categories,
    )


def _train(
    rows: Rows,
    *,
    settings: ChurnSettings,
    definition: str,
    seed: int,
    act_above: float,
    threads: int | None,
    progress: Tell | None,
    categories: Mapping[str, Sequence[str]] | None,
) -> ChurnModel:
    short = lacking(rows, settings, "The labelled history holds")
    if short:
        return _fall_back(rows, settings, definition, short)
    sampled = sample_customers(rows.frame["customer_id"], settings.training_rows, seed=seed)
    notes = list(rows.notes)
    if not sampled.all():
        notes.append(f"A stable sample of customers gives {int(sampled.sum()):,} of {len(sampled):,} rows.")
    used = rows.where(sampled)
    cut = _cut(used, settings, definition, seed)
    train_rows, middle, last = (used.where(m) for m in (cut.train, cut.validation, cut.test))
    short = lacking(train_rows, settings, "The part to train on holds", share=0.5)
    if short:
        return _fall_back(rows, settings, definition, short)
    encoding = Encoding.learn(train_rows.frame, categories)
    if not encoding.names:
        return _fall_back(rows, settings, definition, "No feature differs between customers.")
    # Many rows of many features: a copy is let go before the next is made.
    del rows, used
    share = Share(progress, sum(EFFORT.values()))
    with share.part(EFFORT["encode"]):
        matrices = [encoding.matrix(part.frame) for part in (train_rows, middle, last)]
    with share.part(EFFORT["boost"]) as within:
        booster = fit_booster(
            (matrices[0], train_rows.outcome),
            (matrices[1], middle.outcome),
            encoding.names,
            categorical=encoding.categorical,
            seed=seed,
            threads=threads,
            progress=within,
        )
    with share.part(EFFORT["line"]):
        path = fit_path(encoding, matrices[0], train_rows.outcome)
    with share.part(EFFORT["blend"]):
        customers = middle.frame["customer_id"]
        score = choose_blend(booster, path, matrices[1], middle.outcome, customers, seed=seed)
    raw = score.log_odds(matrices[1])
    calibration = fit_calibration(raw, middle.outcome)
    timing = None
    if definition != "static":
        window = settings.horizon_days if definition == "contractual" else window_days(settings)
        chance = calibration.probability(raw)
        timing = fit_timing(chance, middle.duration, middle.observed, window=float(window))

    thresholds = {"threshold": act_above}
    if min(middle.outcome.sum(), len(middle.outcome) - middle.outcome.sum()) >= LEAST_OUTCOMES:
        best = Scored(calibration.probability(raw), middle.outcome).best_threshold()
        thresholds["best_f1"] = round(best, 6)
    with share.part(EFFORT["rivals"]):
        probabilities, baselines = _rivals(encoding, matrices, train_rows, last, definition)
        probabilities["model"] = calibration.probability(score.log_odds(matrices[2]))
    with share.part(EFFORT["judge"]) as within:
        evaluation = _evaluate(
            probabilities,
            last,
            thresholds,
            seed=seed,
            definition=definition,
            settings=settings,
            progress=within,
            split_by=cut.by,
            split_why=cut.why,
            parts={
                name: facts_of(part) for name, part in zip(PARTS, (train_rows, middle, last), strict=True)
            },
            baselines=baselines,
            calibration={"method": calibration.method, "why": calibration.why},
            timing=timing.as_dict()
            if timing
            else {"why": "a snapshot without dates says nothing about time"},
            notes=(*notes, score.words(len(encoding.names))),
        )
    return TrainedModel(encoding, score, calibration, timing, evaluation)


def _cut(rows: Rows, settings: ChurnSettings, definition: str, seed: int) -> Split:
    names = rows.frame["customer_id"]
    if definition == "static":
        return split_by_customer(names, seed=seed, why="One snapshot without dates: customers are split.")
    dates = rows.frame["as_of"].to_numpy().astype("datetime64[us]").astype(np.int64)
    window = window_days(settings)
    by_time = split_by_time(dates, window)
    if by_time is not None:
        return by_time
    why = (
        f"The history is too short for gaps of {window} days between the parts: customers are split instead, "
        "so the numbers say nothing about a change over time and may flatter."
    )
    return split_by_customer(names, seed=seed, why=why)


def _rivals(
    encoding: Encoding, matrices: list[Any], train_rows: Rows, last: Rows, definition: str
) -> tuple[dict[str, Vector], dict[str, str]]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    baselines = {"logistic": "logistic regression on all features"}
    if not len(last.outcome):
        return {}, baselines
    with threadpool_limits(1):
        chances = {"logistic": logistic_baseline(encoding, matrices[0], train_rows.outcome, matrices[2])}
        recency = recency_baseline(train_rows.frame, train_rows.outcome, last.frame, definition)
    if recency is None:
        baselines["recency"] = "not available: no column says how long a customer has been silent"
    else:
        baselines["recency"] = f"logistic regression on {recency.column} alone"
        chances["recency"] = recency.probability
    return chances, baselines


def _evaluate(
    probabilities: dict[str, Vector],
    last: Rows,
    thresholds: Mapping[str, float],
    *,
    seed: int,
    definition: str,
    settings: ChurnSettings,
    progress: Tell,
    **facts: Any,
) -> Evaluation:
    _, groups = np.unique(last.frame["customer_id"].to_numpy(dtype=object).astype(str), return_inverse=True)
    ordered: dict[str, Vector] = {
        n: probabilities[n] for n in ("model", "recency", "logistic") if n in probabilities
    }
    models, differences = compare(ordered, last.outcome, groups, thresholds, seed=seed, progress=progress)
    reason = None
    if models:
        upshot = verdict(models, differences)
        curve = tuple(Scored(probabilities["model"], last.outcome).curve())
    else:
        churners = int(last.outcome.sum())
        reason = (
            f"The part to judge by holds {churners} churners and {len(last.outcome) - churners} stayers; "
            f"{LEAST_OUTCOMES} of each are needed for a number."
        )
        upshot, curve = f"The model could not be judged. {reason}", ()
    static = definition == "static"
    return Evaluation(
        definition=definition,
        horizon_days=None if static else settings.horizon_days,
        grace_days=None if static else settings.grace_days,
        verdict=upshot,
        thresholds=thresholds,
        models=models,
        differences=differences,
        curve=curve,
        reason=reason,
        **facts,
    )


def _fall_back(rows: Rows, settings: ChurnSettings, definition: str, why: str) -> ChurnModel:
    base = fallback_module.fit_base_rate(rows.frame, rows.outcome, definition)
    static = definition == "static"
    evaluation = Evaluation(
        definition=definition,
        horizon_days=None if static else settings.horizon_days,
        grace_days=None if static else settings.grace_days,
        verdict=f"{why} {base.statement}",
        reason=why,
        notes=rows.notes,
    )
    return FallbackModel(base, evaluation)
