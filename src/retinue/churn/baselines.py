"""Two plain rivals, trained on the same rows, that a model must beat to be worth its trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retinue.churn.encoding import Encoding

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RECENCY", "Recency", "logistic_baseline", "recency_baseline", "recency_column"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

RECENCY = {
    "inactivity": ("days_since_last_transaction", "days_since_last_event", "days_since_last_login"),
    "contractual": ("days_since_last_event", "days_since_last_login", "days_since_last_transaction"),
}
"""Which column says how long a customer has been silent, in order of preference, by definition of churn."""


@dataclass(frozen=True, slots=True)
class Recency:
    """The chosen column and its probabilities on the judged rows."""

    column: str
    probability: Vector


def recency_column(frame: pd.DataFrame, definition: str) -> str | None:
    """The first recency column that the frame holds with more than one value."""
    for name in RECENCY.get(definition, ()):
        if name in frame.columns and frame[name].nunique() > 1:
            return name
    return None


def recency_baseline(
    train: pd.DataFrame, outcome: Vector, judged: pd.DataFrame, definition: str
) -> Recency | None:
    """Logistic regression on log(1 + days of silence) alone; none on record counts as the longest silence."""
    name = recency_column(train, definition)
    if name is None or name not in judged.columns:
        return None
    longest = float(np.nanmax(train[name].to_numpy(dtype=float)))

    def silence(frame: pd.DataFrame) -> Matrix:
        days = frame[name].to_numpy(dtype=float)
        known = np.where(np.isnan(days), longest, days)
        column: Matrix = np.log1p(np.clip(known, 0, None))[:, None]
        return column

    return Recency(name, _logistic(silence(train), outcome, silence(judged)))


def logistic_baseline(encoding: Encoding, train: Matrix, outcome: Vector, judged: Matrix) -> Vector:
    """Logistic regression on all features: medians for missing values, standardised, text one-hot."""
    medians = np.array([encoding.typical[name] for name in encoding.names], dtype=float)
    return _logistic(_plain(encoding, train, medians), outcome, _plain(encoding, judged, medians))


def _plain(encoding: Encoding, matrix: Matrix, medians: Vector) -> Matrix:
    columns: list[Matrix] = []
    for position, name in enumerate(encoding.names):
        values = matrix[:, position]
        if name in encoding.categories:
            codes = np.arange(len(encoding.categories[name]))
            columns.append((values[:, None] == codes[None, :]).astype(float))
        else:
            columns.append(np.where(np.isnan(values), medians[position], values)[:, None])
    return np.hstack(columns) if columns else np.zeros((len(matrix), 0))


def _logistic(train: Matrix, outcome: Vector, judged: Matrix) -> Vector:
    """Ridge logistic regression (C = 1) on standardised columns; values beyond ten deviations are cut."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1.0

    def standard(matrix: Matrix) -> Matrix:
        scaled: Matrix = np.clip((matrix - mean) / deviation, -10, 10)
        return scaled

    model = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=200)
    model.fit(standard(train), outcome)
    chance: Vector = model.predict_proba(standard(judged))[:, 1]
    return chance
