"""Moments as whole microseconds since 1970 (UTC): comparisons at a boundary are exact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from retinue.warehouse import utc_naive

__all__ = ["DAY", "FAR", "NEVER", "NEVER_YET", "column_of", "epoch", "moment"]

DAY = 86_400_000_000
"""Microseconds in a day."""

NEVER = np.iinfo(np.int64).max // 4
"""Later than every moment; a quarter of the range, so that adding days cannot overflow."""

NEVER_YET = -NEVER
"""Earlier than every moment."""

FAR = datetime(9000, 1, 1)  # noqa: DTZ001 - the warehouse stores UTC without a zone
"""Stands for "not ended" inside queries."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as above


def epoch(at: datetime) -> int:
    """Microseconds since 1970 of a moment; a naive one is UTC.

    >>> epoch(datetime(1970, 1, 2))
    86400000000
    """
    return (utc_naive(at) - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """The naive UTC moment, `epoch` undone."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def column_of(table: pa.Table, name: str, missing: int) -> npt.NDArray[np.int64]:
    """A timestamp column as microseconds, with `missing` in place of null."""
    column: Any = table.column(name).cast(pa.timestamp("us")).cast(pa.int64())
    filled: npt.NDArray[np.int64] = column.fill_null(missing).to_numpy()
    return filled
