"""Keep the daily partials of a table equal to its rows, touching only what changed.

Facts are append-only, but a row may come late, with a time or a `recorded_at` long past, and a correction may
end a version that was counted. Two ledgers find out, without reading the rows again:

* of each day on which rows became known, how many and a checksum of their times. A day that differs from the
  ledger is built anew; that is how today's rows come in, and yesterday's stragglers, and how erased rows go.
  When the sums over all days kept are still right, only the days after them are looked at one by one;
* how many corrections were seen, and up to when. Of each new one, the customer's day is built anew.

The description of a table's partials is written last and withdrawn first: whoever is killed between finds
none, and builds them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from retinue import faults
from retinue.features.daily import KEY, Daily, base_measures, daily_rows, known_from, table_name
from retinue.features.expressions import Measure
from retinue.features.kinds import KindWords, kind_names, too_many
from retinue.features.rows import EVERYONE, Plan, moments_of
from retinue.features.scratch import Scratch
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["refresh"]

STATE, LEDGER = "daily_partials", "daily_ledger"
_BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - the warehouse's times are UTC without a zone
MODULUS = 1_000_003
"""A prime: times of day and whole days do not repeat in what is left of a second by it."""
REBUILD_ABOVE = 0.2
"""Appended partials lie out of the order of customers; above this share they are built anew, in order."""


@dataclass
class _State:
    """What the partials hold: their columns, the kinds numbered so far, which rows and corrections."""

    columns: list[str]
    kinds: dict[str, list[str]]
    corrections: int
    corrected_until: str | None
    in_order: int
    appended: int


def refresh(
    warehouse: Warehouse, plan: Plan, until: datetime, settings: FeatureSettings, *, rebuild: bool = True
) -> Daily | None:
    """Bring the partials of a table up to the rows known at a midnight (UTC, naive).

    With `rebuild` False nothing is built that is not kept already. None when a snapshot has to read the rows
    themselves: a value has too many kinds, or the plan asks for what is not kept.
    """
    return _Refresh(warehouse, plan, until, settings).run(rebuild)


class _Refresh:
    """One refresh of one table."""

    def __init__(self, warehouse: Warehouse, plan: Plan, until: datetime, settings: FeatureSettings) -> None:
        self.warehouse, self.plan, self.until, self.settings = warehouse, plan, until, settings
        self.connection = warehouse.engine.connection
        self.name = table_name(plan.table)
        self.sums, self.kinds = base_measures(warehouse, plan, settings)

    def run(self, rebuild: bool) -> Daily | None:
        found = {n: kind_names(self.warehouse, self.plan, m, self.settings) for m, n in self.kinds.items()}
        state = self._state()
        kept = state.kinds if state else {}
        # A kind keeps its number, so that its bit keeps its meaning; new ones come after.
        numbered = {n: [*kept.get(n, ()), *sorted(set(f) - set(kept.get(n, ())))] for n, f in found.items()}
        if any(too_many(names) for names in numbered.values()):
            return None
        with Scratch(self.connection) as scratch:
            if state is not None and self._serves(state, numbered):
                unchanged = self._unchanged_until()
                self._repair(state, numbered, scratch.keep(self._ledger(unchanged)), unchanged, scratch)
            elif rebuild:
                self._build(numbered, scratch)
            else:
                return None
        return Daily(self.name, {**self.sums, **self.kinds}, self._words(numbered))

    # ---- what is kept, and what the table says ----------------------------------------------------

    def _state(self) -> _State | None:
        rows = self.connection.table(STATE)
        told = rows.filter(rows.table_name == self.plan.table).state.to_pyarrow().to_pylist()
        return _State(**json.loads(told[0])) if told else None

    def _serves(self, state: _State, numbered: Mapping[str, list[str]]) -> bool:
        words = self._words(numbered)
        bits = [column for kind in words.values() for column in kind.columns(kind.tag)]
        in_order = state.appended <= REBUILD_ABOVE * (state.in_order + state.appended)
        return in_order and {*self.sums.values(), *bits} <= set(state.columns)

    def _words(self, numbered: Mapping[str, list[str]]) -> dict[Measure, KindWords]:
        return {m: KindWords(m, name, tuple(numbered[name])) for m, name in self.kinds.items()}

    def _moments(self, *, corrected: bool = True) -> ir.Table:
        """Every row known by the end, placed at its clock."""
        dates = (_BEGINNING, self.until)
        return moments_of(self.warehouse, self.plan, EVERYONE, dates, corrected=corrected)

    def _ledger(self, after: datetime | None) -> ir.Table:
        """Rows by the midnight from which they are known, with a checksum of their times."""
        rows = self._known(after)
        days = rows.group_by("known").aggregate(
            rows=rows.count().cast("float64"), checksum=rows.second.sum().cast("float64")
        )
        return days.mutate(table_name=ibis.literal(self.plan.table))

    def _known(self, after: datetime | None) -> ir.Table:
        rows = _after(self._moments(corrected=False), after)
        return rows.select(known=known_from(rows), second=_checked(rows))

    def _unchanged_until(self) -> datetime | None:
        """The last midnight of the ledger, when all its days together are still as they were."""
        kept = self._kept()
        told = kept.aggregate(last=kept.known.max(), rows=kept["rows"].sum(), checksum=kept.checksum.sum())
        before: dict[str, Any] = told.to_pyarrow().to_pylist()[0]
        last: datetime | None = before["last"]
        if last is None:
            return None
        end = ibis.literal(last, "timestamp")
        rows = self._moments(corrected=False)
        rows = rows.filter(rows.known <= end, rows["at"] <= end)
        found = rows.aggregate(
            rows=rows.count().cast("float64"), checksum=_checked(rows).sum().cast("float64")
        )
        now: dict[str, Any] = found.to_pyarrow().to_pylist()[0]
        same = now["rows"] == before["rows"] and now["checksum"] == before["checksum"]
        return last if same else None

    def _kept(self) -> ir.Table:
        """The ledger of the days up to the end."""
        kept = self.connection.table(LEDGER)
        end = ibis.literal(self.until, "timestamp")
        return kept.filter(kept.table_name == self.plan.table, kept.known <= end)

    def _corrections(self) -> ir.Table:
        rows = self.connection.table("supersessions")
        end = ibis.literal(self.until, "timestamp")
        return rows.filter(rows.table_name == self.plan.table, rows.superseded_at <= end)

    # ---- building -----------------------------------------------------------------------------------

    def _build(self, numbered: Mapping[str, list[str]], scratch: Scratch) -> None:
        """Everything, in the order of the customers."""
        self._withdraw()
        ledger = scratch.keep(self._ledger(None))
        words = self._words(numbered)
        rows = daily_rows(self._moments(), self.plan, self.sums, words, self.settings, scratch)
        rows = rows.order_by("customer_id", "at")
        self.connection.create_table(self.name, rows, overwrite=True)
        self.warehouse.engine.delete(LEDGER, self._own(LEDGER))
        count = int(self.connection.table(self.name).count().execute())
        self._settle(numbered, ledger, in_order=count, appended=0)

    def _repair(
        self,
        state: _State,
        numbered: Mapping[str, list[str]],
        ledger: ir.Table,
        unchanged: datetime | None,
        scratch: Scratch,
    ) -> None:
        """The days whose rows changed, and the customers' days that corrections reach."""
        days = scratch.keep(self._changed_days(ledger, unchanged))
        touched = scratch.keep(self._touched(state)) if _some(self._corrections()) else None
        some_days, some_touched = _some(days), touched is not None and _some(touched)
        new_kinds = any(list(numbered[n]) != state.kinds.get(n) for n in numbered)
        if not (some_days or some_touched or new_kinds):
            return
        self._withdraw()
        moments = self._moments()
        moments = moments.mutate(on_day=moments["at"].truncate("D"), known_day=known_from(moments))
        own = self.connection.table(self.name)
        parts = []
        if touched is not None and some_touched:
            self.warehouse.engine.delete(self.name, _matching(own, touched, self.until))
            # A row of a changed day comes in with its day; twice would count it twice.
            hit = moments.semi_join(touched, ["customer_id", "on_day"])
            parts.append(hit.anti_join(days, [hit.known_day == days.known]) if some_days else hit)
        if some_days and unchanged is None:
            self.warehouse.engine.delete(self.name, days.select("known"))
            self.warehouse.engine.delete(LEDGER, self._own_days(days))
        if some_days:
            recent = _after(moments, unchanged)
            parts.append(recent.semi_join(days, [recent.known_day == days.known]))
        before = int(own.count().execute())
        words = self._words(numbered)
        for part in parts:
            rows = daily_rows(part, self.plan, self.sums, words, self.settings, scratch)
            self.connection.insert(self.name, rows.select(*own.columns))
        added = int(own.count().execute()) - before
        changed = ledger.semi_join(days, "known")
        self._settle(numbered, changed, in_order=state.in_order, appended=state.appended + added)

    def _changed_days(self, ledger: ir.Table, unchanged: datetime | None) -> ir.Table:
        """The midnights whose rows are not those of the ledger kept; those up to `unchanged` are."""
        kept = self._kept()
        if unchanged is not None:
            kept = kept.filter(kept.known > ibis.literal(unchanged, "timestamp"))
        both = ["known", "rows", "checksum"]
        fresh = ledger.anti_join(kept, both).select("known")
        gone = kept.anti_join(ledger, both).select("known")
        return fresh.union(gone).distinct()

    def _touched(self, state: _State) -> ir.Table:
        """The customers' days that hold a row corrected since."""
        corrections = self._corrections()
        if state.corrected_until is not None:
            last = ibis.literal(datetime.fromisoformat(state.corrected_until), "timestamp")
            earlier = corrections.filter(corrections.superseded_at <= last)
            # One that was told late leaves its place in the count: then all are looked at again.
            if int(earlier.count().execute()) == state.corrections:
                corrections = corrections.filter(corrections.superseded_at > last)
        keys = corrections.select("row_key", "row_recorded_at").distinct()
        rows = self._moments(corrected=False)
        key = rows[declared_table(self.plan.table).key]
        rows = rows.semi_join(keys, [key == keys.row_key, rows.recorded_at == keys.row_recorded_at])
        return rows.select("customer_id", on_day=rows["at"].truncate("D")).distinct()

    # ---- the description ------------------------------------------------------------------------------

    def _own(self, table: str) -> ir.Table:
        rows = self.connection.table(table)
        return rows.filter(rows.table_name == self.plan.table).select("table_name").distinct()

    def _own_days(self, days: ir.Table) -> ir.Table:
        return days.select(table_name=ibis.literal(self.plan.table), known=days.known)

    def _withdraw(self) -> None:
        self.warehouse.engine.delete(STATE, self._own(STATE))

    def _settle(
        self, numbered: Mapping[str, list[str]], ledger: ir.Table, *, in_order: int, appended: int
    ) -> None:
        """Write what the partials now hold, last of all."""
        import pyarrow as pa

        faults.point("features.daily_changed")
        self.connection.insert(LEDGER, ledger.select("table_name", "known", "rows", "checksum"))
        corrections = self._corrections()
        found = corrections.aggregate(n=corrections.count(), last=corrections.superseded_at.max())
        told: dict[str, Any] = found.to_pyarrow().to_pylist()[0]
        state = {
            "columns": [c for c in self.connection.table(self.name).columns if c not in KEY],
            "kinds": {name: list(names) for name, names in numbered.items()},
            "corrections": int(told["n"]),
            "corrected_until": told["last"].isoformat() if told["last"] else None,
            "in_order": in_order,
            "appended": appended,
        }
        row: pa.Table = pa.table({"table_name": [self.plan.table], "state": [json.dumps(state)]})
        self.warehouse.engine.append(STATE, row)


def _checked(moments: ir.Table) -> Any:
    """What a row adds to a checksum: its second, small enough that the sum of 9 × 10^9 of them is exact."""
    return (moments["at"].epoch_seconds().cast("float64").floor().cast("int64") % MODULUS).cast("float64")


def _some(rows: ir.Table) -> bool:
    return bool(int(rows.limit(1).count().execute()))


def _after(moments: ir.Table, moment: datetime | None) -> ir.Table:
    """The rows known only after a midnight; all without one."""
    if moment is None:
        return moments
    start = ibis.literal(moment, "timestamp")
    return moments.filter((moments.known > start) | (moments["at"] > start))


def _matching(own: ir.Table, touched: ir.Table, until: datetime) -> ir.Table:
    """The keys of the partials of some customers' days, as far as they were known by the end."""
    rows = own.filter(own.known <= ibis.literal(until, "timestamp")).mutate(on_day=own["at"].truncate("D"))
    return rows.semi_join(touched, ["customer_id", "on_day"]).select("customer_id", "at", "known").distinct()
