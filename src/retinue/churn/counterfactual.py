"""What would change a score: the same model asked again with what raises the risk made typical.

It says what the model would say, not what would happen: a feature that is changed for a customer in fact
changes others with it, and need not be a cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retinue.churn.explain import value_text, words_of
from retinue.churn.model import ChurnModel, TrainedModel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Changed", "what_would_change"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One feature made typical.

    alone: the churn probability with only that changed. together: with it and all those before it.
    """

    feature: str
    label: str
    value: str
    typical: str
    alone: float
    together: float


def what_would_change(model: ChurnModel, frame: pd.DataFrame, *, top: int = 5) -> tuple[Changed, ...]:
    """The features that raise a customer's risk most, strongest first, each made typical.

    frame: one row of features. Nothing for a model that only knows the average, or where nothing raises it.
    """
    if not isinstance(model, TrainedModel):
        return ()
    encoding, matrix = model.encoding, model.encoding.matrix(frame)
    shares = model.score.contributions(matrix)[0, :-1]
    order = [int(place) for place in np.argsort(-shares, kind="stable") if shares[place] > 0]
    known = [place for place in order if encoding.typical[encoding.names[place]] is not None][:top]
    rows = np.repeat(matrix, 2 * len(known), axis=0)
    for number, place in enumerate(known):
        typical = encoding.typical[encoding.names[place]]
        rows[number, place] = typical
        rows[len(known) + number :, place] = typical
    risks = model.calibration.probability(model.score.log_odds(rows)).tolist() if known else []
    found = []
    for number, place in enumerate(known):
        name = encoding.names[place]
        word, categories = words_of(name), encoding.categories.get(name)
        value = None if np.isnan(matrix[0, place]) else float(matrix[0, place])
        found.append(
            Changed(
                feature=name,
                label=word.label,
                value=value_text(value, word.unit, categories),
                typical=value_text(encoding.typical[name], word.unit, categories),
                alone=float(risks[number]),
                together=float(risks[len(known) + number]),
            )
        )
    return tuple(found)
