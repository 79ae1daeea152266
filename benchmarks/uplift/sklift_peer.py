"""The side of scikit-uplift: one treatment against none at a time, which is all it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from peer_side import TREES, Learner, run
from sklift.models import ClassTransformation, SoloModel, TwoModels


def each(make: Any) -> Learner:
    """A learner of one treatment, for every treatment in turn."""

    def effects(X: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, asked: np.ndarray) -> np.ndarray:
        columns = []
        for arm in range(1, int(treatment.max()) + 1):
            mine = (treatment == 0) | (treatment == arm)
            model = make(bool(np.isin(outcome, (0.0, 1.0)).all()))
            model.fit(X[mine], outcome[mine], (treatment[mine] == arm).astype(int))
            columns.append(model.predict(asked))
        return np.column_stack(columns)

    return effects


def base(binary: bool) -> Any:
    return LGBMClassifier(**TREES) if binary else LGBMRegressor(**TREES)


LEARNERS: dict[str, Learner] = {
    "sklift SoloModel": each(lambda binary: SoloModel(base(binary))),
    "sklift TwoModels": each(lambda binary: TwoModels(base(binary), base(binary))),
    "sklift ClassTransformation": each(lambda binary: ClassTransformation(LGBMClassifier(**TREES))),
}

if __name__ == "__main__":
    run(LEARNERS)
