"""What is known of a customer that may change the response: attributes and a few numbers, as columns.

An attribute becomes a column per level that is not rare; a rare or unknown level is 0 in all of them. A
number becomes its distance from the usual, in units of its spread and at most three. All columns are 0 for
somebody of whom nothing is known, so the offers' own terms are those of that customer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Context"]

LEAST_SHARE, MOST_LEVELS = 0.02, 10
FARTHEST = 3.0


@dataclass(frozen=True, slots=True)
class Context:
    """How a frame of customers becomes the columns of the model.

    levels: for each attribute its frequent levels. numbers: for each number its centre and spread.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"channel": ["web", "web", "shop"], "tenure": [10.0, 20.0, 30.0]})
    >>> context = Context.of(frame)
    >>> context.names
    ('channel=shop', 'channel=web', 'tenure')
    >>> context.encode(frame.head(1)).round(2).tolist()
    [[0.0, 1.0, -1.35]]
    """

    levels: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Context:
        """Learn levels and centres from a frame of customers; columns of text are attributes."""
        import pandas as pd

        levels: dict[str, tuple[str, ...]] = {}
        numbers: dict[str, tuple[float, float]] = {}
        for name in sorted(str(c) for c in frame.columns):
            column = frame[name]
            if pd.api.types.is_numeric_dtype(column.dtype):
                values = column.to_numpy(dtype="float64", na_value=np.nan)
                values = values[np.isfinite(values)]
                low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else (0.0, 0.0, 0.0)
                spread = float(high - low) / 1.349
                spread = spread if spread > 0 else float(values.std()) if len(values) else 0.0
                if spread > 0:
                    numbers[name] = (float(middle), spread)
                continue
            shares = column.dropna().astype(str).value_counts(normalize=True)
            frequent = shares[shares >= LEAST_SHARE].head(MOST_LEVELS)
            if len(frequent) > 1:
                levels[name] = tuple(sorted(frequent.index))
        return cls(levels, numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        attributes = [f"{name}={level}" for name, levels in self.levels.items() for level in levels]
        return (*attributes, *self.numbers)

    def encode(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The columns of some customers (n x d); what is missing or unknown is 0."""
        matrix = np.zeros((len(frame), len(self.names)))
        place = 0
        for name, levels in self.levels.items():
            if name in frame.columns:
                values = frame[name].astype("object").to_numpy()
                for offset, level in enumerate(levels):
                    matrix[:, place + offset] = values == level
            place += len(levels)
        for name, (centre, spread) in self.numbers.items():
            if name in frame.columns:
                value = frame[name].to_numpy(dtype="float64", na_value=np.nan)
                scaled = np.clip((value - centre) / spread, -FARTHEST, FARTHEST)
                matrix[:, place] = np.where(np.isfinite(scaled), scaled, 0.0)
            place += 1
        return matrix

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` is its inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> Context:
        return cls(
            {name: tuple(levels) for name, levels in body["levels"].items()},
            {name: (float(pair[0]), float(pair[1])) for name, pair in body["numbers"].items()},
        )
