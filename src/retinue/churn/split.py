"""Three parts: one to train on, one to calibrate on, one to judge by (70/15/15).

By time when the dates allow: every date of a part lies at least one label window after the last date of the
part before, so that no outcome used in one part falls into the time of the next. Dates inside a gap are left
out. Otherwise by customer, through a stable hash: all dates of a customer fall into one part.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from retinue.churn.moments import DAY

__all__ = ["PARTS", "SHARES", "Split", "sample_customers", "split_by_customer", "split_by_time", "unit_hash"]

PARTS = ("train", "validation", "test")
SHARES = (0.70, 0.15, 0.15)
LEAST_SHARES = (0.30, 0.05, 0.05)
"""A split by time that leaves a part smaller than this share of all rows is none."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """Which row belongs to which part (none: it lies in a gap), how it was cut, and why so."""

    train: Mask
    validation: Mask
    test: Mask
    by: Literal["time", "customer"]
    why: str


def unit_hash(names: npt.ArrayLike, salt: str) -> npt.NDArray[np.float64]:
    """A number in [0, 1) per name that depends on nothing but the name and the salt.

    >>> unit_hash(["a", "b", "a"], "s").round(4).tolist() == unit_hash(["a", "b", "a"], "s").round(4).tolist()
    True
    """
    distinct, inverse = np.unique(np.asarray(names, dtype=object).astype(str), return_inverse=True)
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
    words = [hashlib.blake2b(str(n).encode(), digest_size=8, key=key).digest() for n in distinct]
    numbers = np.frombuffer(b"".join(words), dtype=">u8").astype(np.uint64)
    # 53 bits: all that a double holds exactly.
    hashed = ((numbers >> np.uint64(11)).astype(np.float64) * 2.0**-53)[inverse]
    return hashed


def split_by_time(dates: npt.NDArray[np.int64], window: int) -> Split | None:
    """The cut nearest to 70/15/15 of the rows that keeps `window` days between the parts, if there is one.

    `dates` are microseconds since 1970, one per row.

    >>> days = np.repeat(np.arange(0, 720, 30), 10) * DAY
    >>> cut = split_by_time(days, 90)
    >>> [int(days[m].min() // DAY) for m in (cut.train, cut.validation, cut.test)]
    [0, 480, 630]
    """
    distinct, counts = np.unique(dates, return_counts=True)
    cumulative = np.concatenate([[0], np.cumsum(counts)])
    total = int(cumulative[-1])
    best: tuple[float, int, int, int, int] | None = None
    # starts[i]: the first date that may open the next part after a part ending with date i
    starts = np.searchsorted(distinct, distinct + window * DAY)
    for i in range(len(distinct)):
        first = int(starts[i])
        for j in range(first, len(distinct)):
            second = int(starts[j])
            if second >= len(distinct):
                break
            rows = (cumulative[i + 1], cumulative[j + 1] - cumulative[first], total - cumulative[second])
            shares = [float(r) / total for r in rows]
            if any(s < least for s, least in zip(shares, LEAST_SHARES, strict=True)):
                continue
            miss = sum(abs(s - wanted) for s, wanted in zip(shares, SHARES, strict=True))
            if best is None or miss < best[0] - 1e-12:
                best = (miss, i, first, j, second)
    if best is None:
        return None
    _, i, first, j, second = best
    return Split(
        train=dates <= distinct[i],
        validation=(dates >= distinct[first]) & (dates <= distinct[j]),
        test=dates >= distinct[second],
        by="time",
        why=f"Earlier dates train and later ones test, at least {window} days apart.",
    )


def split_by_customer(names: npt.ArrayLike, *, seed: int, why: str) -> Split:
    """70/15/15 of the customers by a stable hash."""
    place = unit_hash(names, f"retinue-churn-split-{seed}")
    first, second = SHARES[0], SHARES[0] + SHARES[1]
    return Split(
        train=place < first,
        validation=(place >= first) & (place < second),
        test=place >= second,
        by="customer",
        why=why,
    )


def sample_customers(names: npt.ArrayLike, limit: int, *, seed: int) -> Mask:
    """Rows of a stable sample of whole customers, at most `limit` rows in all."""
    place = unit_hash(names, f"retinue-churn-sample-{seed}")
    if len(place) <= limit:
        return np.ones(len(place), dtype=bool)
    _, inverse, counts = np.unique(place, return_inverse=True, return_counts=True)
    # np.unique sorts by hash, so the first customers in that order are the sample.
    kept: Mask = (np.cumsum(counts) <= limit)[inverse]
    return kept
