"""A profile: how the values of every feature are spread, small enough to be kept with a trained model.

In: a frame, a snapshot file, an array. Out: bins and counts per feature, as JSON of a few kilobytes. Another
data set is counted into the same bins in one pass (`count_profile`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from retinue.monitoring.bins import Bins, Counts, count_texts, quantile_edges
from retinue.monitoring.columns import Columns, Data, Mask, columns_of

__all__ = ["KEYS", "Histogram", "Profile", "count_profile", "each", "learn_profile", "tallied"]

KEYS = ("customer_id", "as_of")
"""Columns that name a row and are no features."""

BINS = 10
MOST_VALUES = 20
MOST_TEXTS = 50
MOST_KINDS = 10_000
ROWS_A_BIN = 5
FORMAT = "retinue-profile-1"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Histogram:
    """One feature: its bins, how many rows fall into each, and how many hold no value.

    missing: rows with null, NaN or an infinity; infinite: how many of them were infinities.
    """

    bins: Bins
    counts: Counts
    missing: int
    infinite: int = 0

    @property
    def rows(self) -> int:
        return int(self.counts.sum()) + self.missing

    def as_dict(self) -> dict[str, Any]:
        rest = {"counts": self.counts.tolist(), "missing": self.missing, "infinite": self.infinite}
        return {**self.bins.as_dict(), **rest}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Histogram:
        counts = np.array(body["counts"], dtype=np.int64)
        return cls(Bins.from_dict(body), counts, body["missing"], body["infinite"])


@dataclass(frozen=True, slots=True)
class Profile:
    """The histograms of a data set.

    rows: of the data; independent: how many of them say something new (several dates of one customer say
    nearly the same, so there it is the number of customers); left_out: columns that cannot be counted, with
    the reason.
    """

    rows: int
    independent: int
    histograms: Mapping[str, Histogram]
    left_out: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "rows": self.rows,
            "independent": self.independent,
            "histograms": {name: found.as_dict() for name, found in self.histograms.items()},
            "left_out": dict(self.left_out),
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Profile:
        found = {name: Histogram.from_dict(one) for name, one in body["histograms"].items()}
        return cls(body["rows"], body["independent"], found, dict(body["left_out"]))


def learn_profile(
    data: Data, *, where: Mask | None = None, independent: int | None = None, threads: int | None = None
) -> Profile:
    """Choose the bins of every feature and count the data into them.

    Parameters
    ----------
    data: a path of a Parquet file, a pandas frame, a pyarrow table, a mapping of arrays or a 2-D array;
        `customer_id` and `as_of` are no features.
    where: keeps only the rows where it is true.
    independent: rows that say something new; default all.
    threads: default one per core; the counts do not depend on it.

    A feature with at most 20 distinct numbers (and 5 rows for each) gets a bin per number, a text one per
    frequent value (at most 50), both with one more for any other value; a feature with more numbers gets ten
    intervals with equally many rows, fewer where there are less than 50 rows. One column is in
    memory at a time.

    >>> profile = learn_profile({"visits": np.arange(1000.0), "vip": np.tile([0.0, 1.0], 500)})
    >>> profile.histograms["visits"].counts.tolist()
    [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
    >>> profile.histograms["vip"].bins.marks, profile.histograms["vip"].counts.tolist()
    ((0.0, 1.0), [500, 500, 0])
    """
    columns = columns_of(data, where)

    def learn(name: str) -> Histogram | str:
        kind = columns.kind(name)
        if kind == "text":
            return _learned_texts(columns, name)
        if kind == "other":
            return "neither numbers nor text"
        chunks = [] if kind == "empty" else list(columns.chunks(name))
        return tallied(_number_bins(chunks), chunks, columns.rows)

    return _profile(columns, independent, each(_features(columns), learn, threads))


def count_profile(
    profile: Profile,
    data: Data,
    *,
    where: Mask | None = None,
    independent: int | None = None,
    threads: int | None = None,
) -> Profile:
    """Count other data into the bins of a profile, in one pass and one row group at a time.

    Features that the profile does not have are in `left_out` ("new"), those that the data lack in neither.

    >>> profile = learn_profile({"visits": np.arange(1000.0)})
    >>> count_profile(profile, {"visits": np.full(10, 2000.0)}).histograms["visits"].counts.tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]
    """
    columns = columns_of(data, where)

    def count(name: str) -> Histogram | str:
        if name not in profile.histograms:
            return profile.left_out.get(name, "new")
        bins, kind = profile.histograms[name].bins, columns.kind(name)
        if kind == "empty":
            return tallied(bins, [], columns.rows)
        if kind != ("text" if bins.kind == "texts" else "number"):
            # A feature without any value has no kind of its own yet.
            if bins.marks:
                was = "text" if bins.kind == "texts" else "numbers"
                return f"{was} before, {'text' if kind == 'text' else 'another type'} now"
            bins = Bins("texts" if kind == "text" else "numbers", ())
        if kind == "text":
            counted = _counted(columns, name)
            return Histogram(bins, bins.count_texts(counted), columns.rows - sum(counted.values()))
        return tallied(bins, columns.chunks(name), columns.rows)

    return _profile(columns, independent, each(_features(columns), count, threads))


def tallied(bins: Bins, chunks: Iterable[Any], rows: int) -> Histogram:
    """The histogram of numbers that come in chunks; rows that are in none of them are missing."""
    counts, infinite = np.zeros(bins.size, dtype=np.int64), 0
    for chunk in chunks:
        found = bins.count_numbers(chunk)
        if found.sum() < len(chunk):
            infinite += int(np.count_nonzero(np.isinf(chunk)))
        counts += found
    return Histogram(bins, counts, rows - int(counts.sum()), infinite)


def each(names: Iterable[str], work: Callable[[str], T], threads: int | None) -> dict[str, T]:
    """The work done for every name, in the order of the names."""
    named = tuple(names)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(threads or cores) as pool:
        return dict(zip(named, pool.map(work, named), strict=True))


def _features(columns: Columns) -> tuple[str, ...]:
    return tuple(name for name in columns.names if name not in KEYS)


def _profile(columns: Columns, independent: int | None, found: Mapping[str, Histogram | str]) -> Profile:
    return Profile(
        columns.rows,
        columns.rows if independent is None else independent,
        {name: one for name, one in found.items() if isinstance(one, Histogram)},
        {name: one for name, one in found.items() if isinstance(one, str)},
    )


def _number_bins(chunks: list[Any]) -> Bins:
    values = np.concatenate(chunks) if chunks else np.empty(0)
    values = np.sort(values[np.isfinite(values)])
    if not len(values):
        return Bins("numbers", ())
    distinct = values[np.append(True, values[1:] != values[:-1])]
    if len(distinct) <= min(MOST_VALUES, len(values) // ROWS_A_BIN):
        return Bins("numbers", tuple(distinct.tolist()))
    return Bins("intervals", quantile_edges(values, max(1, min(BINS, len(values) // ROWS_A_BIN))))


def _learned_texts(columns: Columns, name: str) -> Histogram | str:
    counted = _counted(columns, name)
    if len(counted) > MOST_KINDS:
        return f"more than {MOST_KINDS:,} different texts"
    frequent = sorted(counted, key=lambda text: (-counted[text], text))[:MOST_TEXTS]
    bins = Bins("texts", tuple(sorted(frequent)))
    return Histogram(bins, bins.count_texts(counted), columns.rows - sum(counted.values()))


def _counted(columns: Columns, name: str) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for chunk in columns.chunks(name):
        counted.update(count_texts(chunk))
    return dict(counted)
