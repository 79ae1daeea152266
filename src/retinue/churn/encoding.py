"""From a feature frame to the matrix a model reads, and what is typical in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEYS", "Encoding"]

KEYS = ("customer_id", "as_of")
"""Columns of a frame that are no features."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which columns a model reads, in which order, and how text becomes numbers.

    `categories` gives the values of a categorical column; its codes are the positions in them. `typical` is
    the training median, for a categorical column the most frequent code.
    """

    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    typical: Mapping[str, float | None]

    @classmethod
    def learn(cls, frame: pd.DataFrame, categories: Mapping[str, Sequence[str]] | None = None) -> Encoding:
        """Take every column but the keys; drop those that are empty or the same for everybody.

        `categories` names the values of columns that hold codes already (or fixes the order of text values);
        other text columns become categorical with their values sorted.
        """
        known = {name: tuple(values) for name, values in (categories or {}).items()}
        names: list[str] = []
        typical: dict[str, float | None] = {}
        kept: dict[str, tuple[str, ...]] = {}
        for name in frame.columns:
            if name in KEYS:
                continue
            column = frame[name]
            if name not in known and _is_text(column):
                known[name] = tuple(sorted(column.dropna().astype(str).unique()))
            values = _numbers(column, known.get(name))
            present = values[~np.isnan(values)]
            if not len(present) or (len(present) == len(values) and present.min() == present.max()):
                continue
            names.append(name)
            if name in known:
                kept[name] = known[name]
                typical[name] = float(np.bincount(present.astype(np.int64)).argmax())
            else:
                typical[name] = float(np.median(present))
        return cls(tuple(names), kept, typical)

    def matrix(self, frame: pd.DataFrame) -> Matrix:
        """The columns as float64, one row per row of the frame; infinities and unknown values are missing.

        Raises DataError when the frame lacks a column.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise DataError(
                f"The frame lacks {len(missing)} feature(s) of the churn model.",
                where=", ".join(missing[:5]) + (", …" if len(missing) > 5 else ""),
                fix="Build the features from the same tables as in training, or train again.",
            )
        chosen = frame[list(self.names)]
        if not self.categories and (chosen.dtypes == np.float64).all():
            plain: Matrix = np.array(chosen.to_numpy(), dtype=np.float64, order="C")
            plain[~np.isfinite(plain)] = np.nan
            return plain
        out = np.empty((len(frame), len(self.names)), dtype=np.float64)
        for position, name in enumerate(self.names):
            out[:, position] = _numbers(frame[name], self.categories.get(name))
        return out

    @property
    def categorical(self) -> list[int]:
        """Positions of the categorical columns."""
        return [i for i, name in enumerate(self.names) if name in self.categories]

    def as_dict(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "categories": {k: list(v) for k, v in self.categories.items()},
            "typical": dict(self.typical),
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Encoding:
        return cls(
            tuple(body["names"]),
            {k: tuple(v) for k, v in body["categories"].items()},
            dict(body["typical"]),
        )


def _is_text(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return not (types.is_numeric_dtype(column) or types.is_bool_dtype(column))


def _numbers(column: pd.Series[Any], categories: tuple[str, ...] | None) -> Matrix:
    if categories is not None and _is_text(column):
        codes = column.astype("str").map({value: code for code, value in enumerate(categories)})
        return np.asarray(codes.to_numpy(na_value=np.nan), dtype=np.float64)
    if _is_text(column):
        raise DataError(
            f"Column '{column.name}' holds text where the churn model was trained on numbers.",
            where=f"feature frame, column {column.name}",
            fix="Give the column as in training, or train again.",
        )
    values: Matrix = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    if categories is not None:
        values[(values < 0) | (values >= len(categories))] = np.nan
    return values
