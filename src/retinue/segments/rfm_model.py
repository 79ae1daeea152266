"""RFM: recency, frequency and monetary value in fifths, and a name for each combination.

A customer's score in each dimension is the fifth of the buyers it falls in, 5 the best: the most recent, the
most frequent, the highest total. Equal values always share a score (the fifth of their average rank), so the
order of rows plays no part. Recency picks the row of `RFM_NAMES`, the rounded mean of frequency and monetary
score the column. Customers who never bought score 0 and are "No purchases".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.errors import ArtefactError, DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NO_PURCHASES", "RFM_NAMES", "RfmModel", "fit_rfm", "rfm"]

Floats = NDArray[np.float64]

NO_PURCHASES = "No purchases"

RFM_NAMES: dict[int, tuple[str, str, str, str, str]] = {
    5: ("New", "Promising", "Potential loyal", "Loyal", "Champions"),
    4: ("Promising", "Promising", "Potential loyal", "Loyal", "Champions"),
    3: ("About to sleep", "About to sleep", "Needs attention", "Loyal", "Loyal"),
    2: ("Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose"),
    1: ("Lost", "Lost", "Hibernating", "At risk", "Cannot lose"),
}
"""Recency score → name by frequency-and-monetary score 1 … 5."""

_SCORES = 5
RFM_FEATURES = ("days_since_last_transaction", "purchase_days", "mean_purchase_value")
"""The features that RFM looks at."""


@dataclass(frozen=True)
class RfmModel:
    """The cut points of each dimension: four values, above which the next score begins."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]

    def assign(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Scores and names, row-aligned: recency_score, frequency_score, monetary_score, rfm_segment.

        Each row is judged by itself, so one row alone gives the same as in a batch.
        """
        import pandas as pd

        recency, frequency, monetary, bought = _measures(frame)
        names = np.array([NO_PURCHASES, *(name for row in sorted(RFM_NAMES) for name in RFM_NAMES[row])])
        r = np.where(bought, 1 + np.searchsorted(self.recency, -recency, side="left"), 0)
        f = np.where(bought, 1 + np.searchsorted(self.frequency, frequency, side="left"), 0)
        m = np.where(bought, 1 + np.searchsorted(self.monetary, monetary, side="left"), 0)
        # Half a score rounds up: 2 and 3 together count as 3.
        both = (f + m + 1) // 2
        place = np.where(bought, (r - 1) * _SCORES + both, 0)
        return pd.DataFrame(
            {
                "recency_score": r.astype(np.int64),
                "frequency_score": f.astype(np.int64),
                "monetary_score": m.astype(np.int64),
                "rfm_segment": names[place].astype(object),
            },
            index=frame.index,
        )

    def to_bytes(self) -> bytes:
        """Deterministic bytes for `from_bytes`."""
        body = {"recency": self.recency, "frequency": self.frequency, "monetary": self.monetary}
        return json.dumps({"format": "rfm-1", **body}, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> RfmModel:
        """The inverse of `to_bytes`; ArtefactError for other bytes."""
        try:
            body = json.loads(data)
            if body["format"] != "rfm-1":
                raise KeyError("format")
            return cls(tuple(body["recency"]), tuple(body["frequency"]), tuple(body["monetary"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ArtefactError(
                "These bytes are not an RFM model.", where="segments", fix="Compute the segments again."
            ) from error


def fit_rfm(frame: pd.DataFrame) -> RfmModel:
    """Cut points from the buyers of a frame; any number of them, down to none."""
    recency, frequency, monetary, bought = _measures(frame)
    return RfmModel(_cuts(-recency[bought]), _cuts(frequency[bought]), _cuts(monetary[bought]))


def rfm(frame: pd.DataFrame) -> pd.DataFrame:
    """Scores and segments of the customers of a frame among themselves.

    Parameters
    ----------
    frame: ``days_since_last_transaction``, ``purchase_days`` and ``mean_purchase_value`` (monetary value is
        their product with purchase days: all that was spent).

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days_since_last_transaction": [1.0, 400.0, 30.0, float("nan")],
    ...                       "purchase_days": [20.0, 15.0, 1.0, 0.0],
    ...                       "mean_purchase_value": [50.0, 80.0, 10.0, float("nan")]})
    >>> rfm(frame)["rfm_segment"].tolist()
    ['Loyal', 'At risk', 'About to sleep', 'No purchases']
    """
    return fit_rfm(frame).assign(frame)


def _measures(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    missing = [name for name in RFM_FEATURES if name not in frame.columns]
    if missing:
        raise DataError(
            f"RFM needs {', '.join(missing)}.",
            where="segments",
            fix="Build the features with a transactions table.",
        )
    recency, frequency, mean = (frame[name].to_numpy(dtype=np.float64) for name in RFM_FEATURES)
    bought = np.isfinite(recency) & np.isfinite(frequency) & (frequency > 0)
    total = np.where(np.isfinite(mean), mean, 0.0) * np.where(bought, frequency, 0.0)
    return np.where(bought, recency, 0.0), np.where(bought, frequency, 0.0), total, bought


def _cuts(values: Floats) -> tuple[float, ...]:
    """For each score 1 … 4 the largest value that has it (or a lower one); -inf when none has."""
    distinct, counts = np.unique(values, return_counts=True)
    before = np.cumsum(counts) - counts
    # Twice the average rank, less one, over twice the number: in (0, 1), and 1/2 when all are equal.
    place = (2 * before + counts) / max(2 * len(values), 1)
    score = np.minimum(np.floor(place * _SCORES) + 1, _SCORES)
    cuts: list[float] = []
    for level in range(1, _SCORES):
        reached: Any = distinct[score <= level]
        cuts.append(float(reached[-1]) if len(reached) else -np.inf)
    return tuple(cuts)
