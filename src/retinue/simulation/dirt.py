"""The dirt of real exports: repeated rows, and broken copies of rows, each kind counted.

Broken rows are added, never put in the place of good ones: what is left after a right cleaning is exactly
the clean table. A broken row has a key of its own (the copied row's key with `-x` behind it) and exactly
one fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.simulation.columns import Batch
from retinue.simulation.streams import Draws, Stream
from retinue.warehouse.tables import table as declared

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "soil"]

KINDS: dict[str, tuple[str, ...]] = {
    "customers": ("unparsable_date", "ancient_date", "far_date", "future_date"),
    "subscriptions": ("orphan", "unparsable_date", "far_date", "negative_amount", "wrong_category"),
    "transactions": (
        "orphan",
        "negative_amount",
        "not_a_number",
        "infinite_amount",
        "future_date",
        "ancient_date",
        "far_date",
        "wrong_category",
    ),
    "events": ("orphan", "missing_required", "future_date", "ancient_date", "far_date"),
    "tickets": ("orphan", "unparsable_date", "out_of_range", "future_date"),
    "consents": ("orphan", "wrong_boolean"),
    "interventions": (),
    "outcomes": (),
}
"""The faults that occur in each table. The logs of past decisions are clean.

orphan: a customer id that no customer has. negative_amount: below zero though no refund (`mrr` for
contracts).
future_date: ten years and more after the time of recording. ancient_date, far_date: in the year 1900, 9999.
wrong_category: `OK?` where only certain words are allowed. out_of_range: a sentiment of 7.5.
"""

DUPLICATES_PER_FAULT = 2.5
"""Exact repetitions of a row are this much more frequent than faults."""

_UNPARSABLE = ("31/31/2025", "not a date", "2025-13-45 99:00:00")


def soil(name: str, batch: Batch, rate: float) -> tuple[pa.Table, dict[str, int]]:
    """The rows with dirt among them, and how many of each kind (`duplicate` and the faults).

    Which rows are copied follows from the rows themselves, so the same facts carry the same dirt whenever
    they are written. A dirty row stands behind the row it was copied from.
    """
    import pyarrow as pa

    count = len(batch.marks)
    if rate == 0 or count == 0:
        return batch.table, {}
    draws = Draws(batch.marks)
    repeated = np.flatnonzero(draws.uniform(Stream.DUPLICATE) < rate * DUPLICATES_PER_FAULT)
    counts = {"duplicate": len(repeated)}
    parts = [batch.table, batch.table.take(pa.array(repeated))]
    places = [np.arange(count), repeated]
    kinds = KINDS[name]
    broken = np.flatnonzero(draws.uniform(Stream.DIRT) < rate) if kinds else np.zeros(0, dtype=np.int64)
    which = (draws.take(broken).uniform(Stream.DIRT_KIND) * len(kinds)).astype(np.int64) if kinds else broken
    textual = (
        _with_text(name, batch.table) if "unparsable_date" in kinds or "wrong_boolean" in kinds else None
    )
    if textual is not None:
        parts = [textual, textual.take(pa.array(repeated))]
    for code, kind in enumerate(kinds):
        rows = broken[which == code]
        counts[kind] = len(rows)
        if rows.size:
            parts.append(_break(name, kind, parts[0].take(pa.array(rows)), draws.keys[rows]))
            places.append(rows)
    whole = pa.concat_tables(parts)
    order = np.argsort(np.concatenate(places), kind="stable")
    return whole.take(pa.array(order)), counts


def _date_column(name: str) -> str:
    happened = declared(name).happened
    if happened is None:
        raise ValueError(f"table {name} has no time of happening")
    return happened


def _with_text(name: str, rows: pa.Table) -> pa.Table:
    """The columns that dirt fills with words, as text."""
    import pyarrow as pa

    columns = [_date_column(name)] + (["granted"] if name == "consents" else [])
    for column in columns:
        place = rows.schema.get_field_index(column)
        rows = rows.set_column(place, column, rows[column].cast(pa.string()))
    return rows


def _break(name: str, kind: str, rows: pa.Table, marks: npt.NDArray[np.uint64]) -> pa.Table:
    """Copies of rows with one fault each, under keys of their own."""
    import pyarrow.compute as pc

    key = declared(name).key
    rows = _replace(rows, key, pc.binary_join_element_wise(rows[key], "x", "-"))
    numbers = (marks >> np.uint64(40)).astype(np.int64)
    date = _date_column(name)
    if kind == "orphan":
        return _replace(rows, "customer_id", [f"X{n % 1_000_000:06d}" for n in numbers.tolist()])
    if kind == "unparsable_date":
        return _replace(rows, date, [_UNPARSABLE[n % 3] for n in numbers.tolist()])
    if kind in ("ancient_date", "far_date", "future_date"):
        return _replace(rows, date, _wrong_dates(kind, rows, numbers))
    if kind == "missing_required":
        return _replace(rows, "event_type", [None] * len(rows))
    if kind == "out_of_range":
        return _replace(rows, "sentiment_score", [7.5] * len(rows))
    if kind == "wrong_category":
        return _replace(rows, "end_reason" if name == "subscriptions" else "status", ["OK?"] * len(rows))
    if kind == "wrong_boolean":
        return _replace(rows, "granted", ["maybe"] * len(rows))
    amount = "mrr" if name == "subscriptions" else "amount"
    if kind == "negative_amount":
        rows = _replace(rows, amount, [-abs(v) - 0.01 for v in rows[amount].to_pylist()])
        return _replace(rows, "status", ["succeeded"] * len(rows)) if name == "transactions" else rows
    bad = float("nan") if kind == "not_a_number" else float("inf")
    return _replace(rows, amount, [bad] * len(rows))


def _wrong_dates(kind: str, rows: pa.Table, numbers: npt.NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    if kind == "future_date":
        learned = np.asarray(rows["recorded_at"].cast(pa.int64()))
        wrong = learned + (3_650 + numbers % 800) * 86_400
    else:
        year = np.datetime64("1900-01-01" if kind == "ancient_date" else "9999-12-01", "s").astype(np.int64)
        wrong = year + numbers % (30 * 86_400)
    return pa.array(wrong, pa.int64()).cast(pa.timestamp("s"))


def _replace(rows: pa.Table, column: str, values: Any) -> pa.Table:
    import pyarrow as pa

    wanted = rows.schema.field(column).type
    if isinstance(values, list):
        values = pa.array(values, wanted)
    elif values.type != wanted:
        values = values.cast(wanted)
    return rows.set_column(rows.schema.get_field_index(column), column, values)
