"""Does a feature look ahead? Delete everything later than a date and see whether its value changes.

The check that guards the catalogue, for your own features too::

    leaks = find_leaks(warehouse, dates, [my_feature], settings=settings)
    assert not leaks, leaks
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.features.base import Feature
from retinue.features.chunks import POPULATION
from retinue.features.snapshots import build_snapshots, read_frame
from retinue.warehouse.base import Warehouse, utc_naive
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import FeatureSettings

__all__ = ["Leak", "find_leaks", "warehouse_as_of"]


@dataclass(frozen=True, slots=True)
class Leak:
    """A feature that changed when the future was deleted: for how many customers, and one of them."""

    feature: str
    as_of: datetime
    customers: int
    example: str
    with_future: float
    without_future: float


def find_leaks(
    warehouse: Warehouse,
    dates: Sequence[datetime],
    features: Sequence[Feature] | None = None,
    *,
    settings: FeatureSettings,
    customers: Sequence[str] | None = None,
) -> list[Leak]:
    """The features whose value at a date depends on anything that happened or was learned after it.

    All dates are built together from the whole warehouse, then each alone from a copy without any row that
    happened or was recorded later, without corrections made later, and with the later moments of a row
    (a resolution, an end) blanked. Values must be equal to the bit.

    Parameters
    ----------
    warehouse: its rows are copied into memory; give `customers` to look at some of them only.
    dates: the moments to check (UTC).
    features: default the whole catalogue.
    settings: which event types mean what.

    A customer known at a date only because of the future is reported as feature ``customer_id``. A feature
    absent from the copy (its table is empty there) must be missing or 0 with the future too.
    """
    moments = sorted({utc_naive(d) for d in dates})
    leaks: list[Leak] = []
    with tempfile.TemporaryDirectory(prefix="retinue-leaks-") as folder:
        whole = Path(folder) / "whole.parquet"
        build_snapshots(warehouse, moments, whole, settings=settings, customers=customers, features=features)
        for moment in moments:
            alone = Path(folder) / "alone.parquet"
            with warehouse_as_of(warehouse, moment, customers) as copy:
                build_snapshots(
                    copy, [moment], alone, settings=settings, customers=customers, features=features
                )
            leaks += _differences(read_frame(whole, as_of=moment), read_frame(alone), moment)
    return leaks


def warehouse_as_of(
    warehouse: Warehouse, as_of: datetime, customers: Sequence[str] | None = None
) -> Warehouse:
    """A copy in memory of what the warehouse held at a time: nothing later, of any kind.

    With `customers`, only theirs and those of whoever shares an account with them.
    """
    import ibis

    from retinue import plugins

    final = ibis.literal(utc_naive(as_of), "timestamp")
    copy = Warehouse(plugins.load("retinue.engines", "duckdb")())
    kept = None if customers is None else _with_accounts(warehouse, customers)
    for name in POPULATION:
        declared = declared_table(name)
        rows = warehouse.engine.connection.table(name)
        happened = rows[declared.happened]
        rows = rows.filter(rows.recorded_at <= final, happened.isnull() | (happened <= final))
        if kept is not None:
            wanted = ibis.memtable({"wanted_id": kept}, schema={"wanted_id": "string"})
            rows = rows.semi_join(wanted, [rows.customer_id == wanted.wanted_id])
        later: dict[str, Any] = {
            c.name: ibis.ifelse(rows[c.known_from] <= final, rows[c.name], None)
            for c in declared.columns
            if c.known_from is not None
        }
        copy.engine.append(name, (rows.mutate(**later) if later else rows).to_pyarrow())
    corrections = warehouse.engine.connection.table("supersessions")
    corrections = corrections.filter(corrections.superseded_at <= final)
    copy.engine.append("supersessions", corrections.to_pyarrow())
    return copy


def _with_accounts(warehouse: Warehouse, customers: Sequence[str]) -> list[str]:
    """The customers and all who ever shared an account with one of them."""
    import ibis

    people = warehouse.engine.connection.table("customers").select("customer_id", "account_id")
    wanted = ibis.memtable({"wanted_id": list(customers)}, schema={"wanted_id": "string"})
    accounts = people.semi_join(wanted, [people.customer_id == wanted.wanted_id])
    accounts = accounts.select(wanted_account="account_id").distinct()
    mates = people.semi_join(accounts, [people.account_id == accounts.wanted_account])
    return sorted({*customers, *mates.customer_id.to_pyarrow().to_pylist()})


def _differences(whole: pd.DataFrame, alone: pd.DataFrame, moment: datetime) -> list[Leak]:
    import numpy as np

    aware = moment.replace(tzinfo=UTC)
    strangers = sorted(set(whole["customer_id"]) ^ set(alone["customer_id"]))
    leaks = []
    if strangers:
        there = float(strangers[0] in set(whole["customer_id"]))
        leaks.append(Leak("customer_id", aware, len(strangers), strangers[0], there, 1.0 - there))
    whole = whole.set_index("customer_id").drop(columns="as_of")
    alone = alone.set_index("customer_id").drop(columns="as_of")
    both = whole.index.intersection(alone.index)
    whole, alone = whole.loc[both], alone.reindex(index=both)
    for name in whole.columns:
        ours = whole[name].to_numpy(dtype=float)
        if name in alone.columns:
            theirs = alone[name].to_numpy(dtype=float)
            same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        else:
            theirs = np.full(len(ours), np.nan)
            same = np.isnan(ours) | (ours == 0)
        wrong = np.flatnonzero(~same)
        if len(wrong):
            at = int(wrong[0])
            leaks.append(Leak(name, aware, len(wrong), str(both[at]), float(ours[at]), float(theirs[at])))
    return leaks
