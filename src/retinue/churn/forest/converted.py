"""LightGBM's trees in a form that scores and explains faster, checked against LightGBM before it is used.

The form is kept beside the model: the arrays with the hash of the model text they came from and a hash of
their own. What is damaged, or belongs to another model, is not used but made anew.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest, NotConvertible
from retinue.churn.forest.bit_vectors import MOST_LEAVES, BitVectors
from retinue.churn.forest.contributions import LONGEST, contributions
from retinue.churn.forest.evaluate import log_odds
from retinue.churn.forest.model_text import read_forest
from retinue.churn.forest.paths import Paths, paths_of
from retinue.churn.forest.probes import probes

__all__ = ["Converted", "Kept"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

FORMAT = b"retinue-trees-1"
ONE_BY_ONE = 500
"""Rows up to which bit vectors, which score one row after the other, are faster."""
EXPLAINED = 8
NEAR = 1e-9
"""Largest difference of a contribution from LightGBM's, relative to the largest of them; scores may not
differ at all."""


class Kept(Protocol):
    """A place for the bytes of a conversion."""

    def read(self) -> bytes | None: ...

    def write(self, content: bytes) -> None: ...


class Converted:
    """Trees as arrays: scores equal to LightGBM's bit for bit, contributions within 1e-9."""

    def __init__(self, forest: Forest) -> None:
        self.forest = forest

    @classmethod
    def of(cls, text: str, model: Any) -> Converted:
        """Convert a model text and compare with the LightGBM model of it.

        Raises NotConvertible, with the reason.
        """
        converted = cls(read_forest(text))
        if np.diff(converted.paths.start).max() > LONGEST:
            raise NotConvertible(f"a path asks for more than {LONGEST} features")
        converted._check(model)
        return converted

    def _check(self, model: Any) -> None:
        rows = probes(self.forest)
        theirs = model.predict(rows, raw_score=True, num_threads=1)
        alone = [self.one(row) for row in rows] if self.vectors else theirs
        for ours in (log_odds(self.forest, rows), np.asarray(alone)):
            if not np.array_equal(ours, theirs):
                raise NotConvertible(
                    f"its scores differ by {np.abs(ours - theirs).max():.1e} from LightGBM's"
                )
        theirs = model.predict(rows[:EXPLAINED], pred_contrib=True, num_threads=1)
        apart = np.abs(self.contributions(rows[:EXPLAINED]) - theirs).max()
        if not apart <= NEAR * max(1.0, np.abs(theirs).max()):
            raise NotConvertible(f"its contributions differ by {apart:.1e} from LightGBM's")

    @cached_property
    def paths(self) -> Paths:
        return paths_of(self.forest)

    @cached_property
    def vectors(self) -> BitVectors | None:
        """For one row at a time; None for trees with more than 64 leaves."""
        small = np.diff(self.forest.first_leaf).max() <= MOST_LEAVES
        return BitVectors(self.forest) if small else None

    def log_odds(self, matrix: Matrix) -> Vector:
        """The raw score per row."""
        if len(matrix) <= ONE_BY_ONE and self.vectors:
            return np.fromiter(map(self.one, np.ascontiguousarray(matrix)), np.float64, len(matrix))
        return log_odds(self.forest, matrix)

    def one(self, row: Vector) -> float:
        """The raw score of a single row."""
        if self.vectors is None:
            return float(log_odds(self.forest, row[None, :])[0])
        return self.vectors.log_odds(row)

    def contributions(self, matrix: Matrix) -> Matrix:
        """Exact TreeSHAP values, one column for each feature and the base value last."""
        return contributions(self.forest, self.paths, matrix)

    def to_bytes(self, text: str) -> bytes:
        """The arrays, marked as those of this model text."""
        body = io.BytesIO()
        np.savez(body, allow_pickle=False, **self.forest.arrays())
        payload = body.getvalue()
        return b" ".join([FORMAT, _hash(text.encode()), _hash(payload)]) + b"\n" + payload

    @classmethod
    def from_bytes(cls, content: bytes, text: str) -> Converted | None:
        """What `to_bytes` wrote; None when it was damaged or belongs to another text or version."""
        head, _, payload = content.partition(b"\n")
        if head.split(b" ") != [FORMAT, _hash(text.encode()), _hash(payload)]:
            return None
        try:
            with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
                return cls(Forest.of_arrays(arrays))
        except (ValueError, KeyError, OSError, zipfile.BadZipFile):  # written by something else altogether
            return None


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
