"""Gradient-boosted trees (LightGBM) for the log-odds of churn.

Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017. Rows are not
reweighted: a rare outcome stays rare, and the probabilities stay honest. Small data get few leaves and small
steps; rounds stop when the log loss on the middle part stops falling. The result does not depend on the
number of threads.

LightGBM trains; `retinue.churn.forest` scores and explains. Its scores are LightGBM's bit for bit, so it does
not matter which of the two is asked for one: receipts replay either way. Contributions always come from the
converted trees, or, when these trees cannot be converted, always from LightGBM.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.churn.forest import Converted, Kept, NotConvertible
from retinue.errors import ArtefactError
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.progress import Tell

__all__ = ["Booster", "fit_booster", "parameters"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

PATIENCE = 50
LEAST_OUTCOMES_TO_STOP = 20
"""With fewer churners or stayers in the middle part, its log loss is too noisy to stop by."""

ONE_THREAD_BELOW = 16_000_000
"""Cells of the matrix below which one thread is used: several wait for each other at every split, which gains
little on a free machine and costs tenfold on a busy one."""
ONE_THREAD_UP_TO_ROWS = 500
CONVERTED_FROM = 20_000
"""Rows that are worth a conversion for their scores alone; LightGBM gives fewer as they are."""


def parameters(rows: int, *, seed: int) -> dict[str, Any]:
    """Settings by the size of the training part: the smaller it is, the simpler the trees.

    >>> parameters(1_000, seed=1)["num_leaves"], parameters(200_000, seed=1)["num_leaves"]
    (6, 24)
    """
    small, medium = rows < 20_000, rows < 100_000
    return {
        "objective": "binary",
        "num_leaves": 6 if small else 15 if medium else 24,
        "learning_rate": 0.04 if small else 0.06 if medium else 0.10,
        "min_data_in_leaf": max(10, min(rows // 100, 100)),
        "lambda_l2": 5.0,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "min_gain_to_split": 0.0,
        "cat_smooth": 10.0,
        "max_cat_to_onehot": 8,
        "min_data_per_group": 20,
        "seed": seed % (2**31 - 1),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def most_rounds(rows: int) -> int:
    """Rounds after which to stop in any case."""
    return 600 if rows < 20_000 else 500 if rows < 100_000 else 300


def fit_booster(
    train: tuple[Matrix, Vector],
    validation: tuple[Matrix, Vector],
    names: tuple[str, ...],
    *,
    categorical: list[int],
    seed: int,
    threads: int | None = None,
    progress: Tell | None = None,
) -> Booster:
    """Train on the first part, stop by the second.

    `categorical` are positions of columns that hold codes. With too few outcomes in the second part the
    number of rounds is fixed (a quarter of the most). `progress` is told the share of the rounds
    that is done, as far as that can be foreseen.
    """
    import lightgbm

    matrix, outcome = train
    wanted = threads or (1 if matrix.size < ONE_THREAD_BELOW else 0)
    settings = parameters(len(outcome), seed=seed) | {"num_threads": wanted}
    # Names in the model text may not hold blanks or brackets; ours are kept beside it.
    columns = [f"f{i}" for i in range(len(names))]
    data = lightgbm.Dataset(
        matrix, outcome, feature_name=columns, categorical_feature=categorical, params=settings
    )
    outcomes = validation[1]
    stoppable = min(outcomes.sum(), len(outcomes) - outcomes.sum()) >= LEAST_OUTCOMES_TO_STOP
    most = most_rounds(len(outcome)) if stoppable else most_rounds(len(outcome)) // 4
    callbacks: list[Callable[..., None]] = [] if progress is None else [_telling(progress, most)]
    if stoppable:
        held = lightgbm.Dataset(*validation, reference=data, params=settings)
        model = lightgbm.train(
            settings,
            data,
            most,
            valid_sets=[held],
            callbacks=[*callbacks, lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        rounds = model.best_iteration
    else:
        rounds = most
        model = lightgbm.train(settings, data, rounds, callbacks=callbacks)
    return Booster(_portable(model.model_to_string(num_iteration=rounds)))


def _telling(progress: Tell, most: int) -> Callable[..., None]:
    """A callback of LightGBM that tells after each round which share of the rounds is done.

    Nobody knows when the loss will stop falling. What is left is taken to be the patience that remains and a
    quarter of the rounds that may come, less with every round in vain, so that the stop itself is no jump.
    """
    least, round_of_least = math.inf, 0

    def after_round(environment: Any) -> None:
        nonlocal least, round_of_least
        done = environment.iteration + 1
        left = float(most - done)
        for _, _, loss, _ in environment.evaluation_result_list or ():
            if loss < least:
                least, round_of_least = loss, done
            patience = 1.0 - (done - round_of_least) / PATIENCE
            left = min(left, patience * (PATIENCE + left / 4))
        progress(done / (done + left))

    return after_round


def _portable(text: str) -> str:
    """The model text without what the machine adds to it: the number of threads does not change a model."""
    return re.sub(r"\[num_threads: -?\d+\]", "[num_threads: 0]", text)


class Booster:
    """A trained model as its text, which is all it is: predictions come from the text read back.

    kept: where the converted trees are kept between processes; None: they are converted when needed.
    """

    def __init__(self, text: str, kept: Kept | None = None) -> None:
        self.text = text
        self._kept = kept
        self._reason = ""

    @cached_property
    def _model(self) -> Any:
        return _lightgbm(self.text)

    @cached_property
    def converted(self) -> Converted | None:
        """The trees as arrays, from where they are kept or made anew; None when they have no such form."""
        content = self._kept.read() if self._kept else None
        kept = Converted.from_bytes(content, self.text) if content else None
        if kept is not None:
            return kept
        made = _convert(self.text)
        if isinstance(made, str):
            self._reason = made
            logger(__name__).warning("trees are left to LightGBM", reason=self._reason)
            return None
        if self._kept:
            self._kept.write(made.to_bytes(self.text))
        return made

    @property
    def scored_by(self) -> str:
        """What scores and explains, in words; converts the trees if that has not been tried."""
        if self.converted is not None:
            return f"{self.trees} trees as arrays, with LightGBM's own scores"
        return f"LightGBM, because {self._reason}"

    @property
    def trees(self) -> int:
        return self.text.count("\nTree=")

    def log_odds(self, matrix: Matrix) -> Vector:
        """The raw score per row."""
        if not len(matrix):
            return np.empty(0)
        at_hand = self._kept is not None or "converted" in self.__dict__
        if (at_hand or len(matrix) >= CONVERTED_FROM) and self.converted is not None:
            return self.converted.log_odds(matrix)
        return self._predict(matrix, raw_score=True)

    def one(self, row: Vector) -> float:
        """The raw score of a single row: the same bits as `log_odds`."""
        if self.converted is not None:
            return self.converted.one(row)
        return float(self._predict(row[None, :], raw_score=True)[0])

    def contributions(self, matrix: Matrix) -> Matrix:
        """Exact TreeSHAP values per row: one column per feature and, last, the base value.

        A row sums to its raw score. Lundberg et al., "From local explanations to global understanding with
        explainable AI for trees", Nature Machine Intelligence 2020.
        """
        if not len(matrix):
            return np.empty((0, matrix.shape[1] + 1))
        if self.converted is not None:
            return self.converted.contributions(matrix)
        return self._predict(matrix, pred_contrib=True)

    def _predict(self, matrix: Matrix, **how: bool) -> Matrix:
        threads = 1 if len(matrix) < ONE_THREAD_UP_TO_ROWS else 0
        return np.asarray(self._model.predict(matrix, num_threads=threads, **how), dtype=np.float64)


def _lightgbm(text: str) -> Any:
    import lightgbm

    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise ArtefactError(
            "The churn model's trees cannot be read.",
            where="churn model",
            fix=f"Train again: {error}",
        ) from error


@lru_cache(maxsize=2)
def _convert(text: str) -> Converted | str:
    """The converted trees, or why there are none.

    Made once for each text: replaying many receipts of a run takes one conversion.
    """
    try:
        return Converted.of(text, _lightgbm(text))
    except NotConvertible as reason:
        return str(reason)
