"""Kevin Hillstrom's randomised test: women's e-mail, men's e-mail, or none, and what came of it."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["ARMS", "OUTCOMES", "Hillstrom", "read"]

ARMS = ("No E-Mail", "Womens E-Mail", "Mens E-Mail")
OUTCOMES = ("visit", "conversion", "spend")
NUMBERS = ["recency", "history", "mens", "womens", "newbie"]


@dataclass(frozen=True)
class Hillstrom:
    """Features (n x p), arm (0 none, 1 women's, 2 men's), the three outcomes and the known propensities."""

    X: np.ndarray
    treatment: np.ndarray
    outcomes: dict[str, np.ndarray]
    propensity: np.ndarray

    def first(self, rows: int) -> Hillstrom:
        """The first rows of the file, which is in no order."""
        part = slice(rows)
        cut = {name: column[part] for name, column in self.outcomes.items()}
        return Hillstrom(self.X[part], self.treatment[part], cut, self.propensity[part])


def read(file: Path) -> Hillstrom:
    """The file as it is mirrored, with the thousands in `history_segment` that break its columns mended."""
    text = gzip.decompress(file.read_bytes()).decode("utf-8").replace("$1,000", "$1000")
    rows = pd.read_csv(io.StringIO(text))
    kinds = pd.get_dummies(rows[["zip_code", "channel"]]).astype(np.float64)
    return Hillstrom(
        np.hstack([rows[NUMBERS].to_numpy(np.float64), kinds.to_numpy()]),
        rows["segment"].map({name: arm for arm, name in enumerate(ARMS)}).to_numpy(),
        {name: rows[name].to_numpy(np.float64) for name in OUTCOMES},
        np.full((len(rows), len(ARMS)), 1 / len(ARMS)),
    )
