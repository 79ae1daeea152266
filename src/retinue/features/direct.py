"""One date: a window is a condition on the time of a row, and a customer's rows are added up at once.

Cells pay where dates share them. A date alone needs none as long as few windows are asked for: each becomes
an aggregate over the rows that lie in it. Time is cut in three *stretches*, each with a scan of its own (an
engine that knows the times of its blocks reads each block once): most windows are short and most rows are
old, so that hardly a condition is left to try on most rows. What a window is made of, its *shares* of the
stretches, is put together at the end.

What comes out are the columns of the roll-up, with the same values; distinct days are left as bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import ibis
import numpy as np

from retinue.features.calendar import Calendar, Window
from retinue.features.expressions import Aggregate, Measure
from retinue.features.kinds import BITS, KindWords
from retinue.features.partials import Reading, both, finished
from retinue.features.rollup import column_of
from retinue.features.rows import Plan
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MOST_COLUMNS", "MOST_COLUMNS_OF_PARTIALS", "MOST_WORDS", "add_up", "day_words", "suits"]

MOST_COLUMNS = 60
"""With more windows of measures in a table, cells cost less even for one date (measured)."""
MOST_COLUMNS_OF_PARTIALS = 30
"""Daily partials lie in the order of customers, so that every stretch reads all of them."""
MOST_WORDS = 6
"""Distinct days take an integer for every 62 days of a window; with more of these, cells cost less."""

Words = Mapping[Measure, KindWords]


class Stretch(NamedTuple):
    """The rows between two ages in days: at least `start`, less than `end` (None: no bound)."""

    start: int
    end: int | None

    def share(self, window: Window) -> Stretch | None:
        """The part of it that lies in a window; None where they do not meet."""
        start, end = max(self.start, window.shift), self.end
        if window.days is not None:
            end = window.shift + window.days if end is None else min(end, window.shift + window.days)
        return Stretch(start, end) if end is None or start < end else None

    def column(self, name: str) -> str:
        """The column of an aggregate over it."""
        return f"{name}_{self.start}_{self.end}"

    def reaches(self, word: int) -> bool:
        """Whether some of its days are in a word; its last day is only begun."""
        return self.start < (word + 1) * BITS and (self.end is None or word * BITS <= self.end)


EVER = Stretch(0, None)


def suits(plan: Plan, words: Words, calendar: Calendar, *, partials: bool) -> bool:
    """Whether the rows of a table, or daily partials of them, are better added up directly.

    words: those of kinds.
    """
    most = MOST_COLUMNS_OF_PARTIALS if partials else MOST_COLUMNS
    return (
        len(calendar.dates) == 1
        and not plan.ordered
        and all(measure in words for measure in plan.of("kinds"))
        and sum(len(windows) for windows in plan.windows.values()) <= most
        and all(days.words <= MOST_WORDS for days in day_words(plan, calendar).values())
    )


def day_words(plan: Plan, calendar: Calendar) -> dict[Measure, KindWords]:
    """Days numbered back from the date, so that distinct days are counted as kinds are."""
    days = calendar.columns["cal_day"]
    found = {}
    for measure in plan.of("days"):
        name = plan.measures[measure]
        ends = [None if w.days is None else w.shift + w.days + 1 for w in plan.windows[measure]]
        most = len(days) if None in ends else max(end for end in ends if end is not None)
        found[measure] = KindWords(measure, name, tuple(str(days[-1] - ago) for ago in range(most)))
    return found


def add_up(reading: Reading, plan: Plan, words: Words, calendar: Calendar, scratch: Scratch) -> ir.Table:
    """One row per customer seen at the one date of the calendar; a column per measure and window.

    words: those of kinds and of days.
    """
    direct = _Direct(reading, plan, words, calendar, scratch)
    stretches = _stretches(plan)
    rows = reduce(_joined, [direct.totals(stretch) for stretch in stretches])
    return direct.windows(rows, stretches).mutate(date_no=ibis.literal(0, "int32"))


def _stretches(plan: Plan) -> list[Stretch]:
    """The ages, cut at the end of the longest window and once before, where that leaves least to do."""
    ends = sorted({w.shift + w.days for w in plan.all_windows if w.days is not None})
    if not ends:
        return [EVER]
    longest = ends[-1]

    def work(cut: int) -> int:
        recent, before = Stretch(0, cut), Stretch(cut, longest)
        return cut * _aggregates(plan, recent) + (longest - cut) * _aggregates(plan, before)

    cuts = sorted({0, min(ends, key=work), longest})
    return [*(Stretch(a, b) for a, b in pairwise(cuts)), Stretch(longest, None)]


def _aggregates(plan: Plan, stretch: Stretch) -> int:
    """How many different aggregates a stretch takes."""
    return sum(len({stretch.share(w) for w in windows} - {None}) for windows in plan.windows.values())


def _joined(left: ir.Table, right: ir.Table) -> ir.Table:
    """Two stretches as one; a customer may have rows in one of them only."""
    right = right.rename(other_id="customer_id")
    # A view, because Ibis would make one chain of all joins, whose keys must be plain columns.
    rows = left.view().outer_join(right, [("customer_id", "other_id")])
    totals = [c for c in rows.columns if c not in ("customer_id", "other_id")]
    return rows.select(*totals, customer_id=ibis.coalesce(rows.customer_id, rows.other_id))


class _Direct:
    """The aggregates of one table at one date."""

    def __init__(
        self, reading: Reading, plan: Plan, words: Words, calendar: Calendar, scratch: Scratch
    ) -> None:
        self.reading, self.plan, self.words = reading, plan, words
        self.calendar, self.scratch = calendar, scratch

    def totals(self, stretch: Stretch) -> ir.Table:
        """One row per customer with rows in a stretch; a column per measure and share of a window."""
        rows = self.reading.rows
        inside = self._inside(rows, stretch, EVER)
        rows = rows if inside is None else rows.filter(inside)
        wanted = {
            (m, share): None
            for m in self.plan.measures
            for share in map(stretch.share, self.plan.windows[m])
            if share is not None
        }
        measures = list(dict.fromkeys(m for m, _ in wanted))
        rows = rows.select(*self.reading.needs(measures, self.words))
        if any(m.aggregate in ("days", "moment", "first_day", "last_day") for m in measures):
            rows = self._dated(rows, measures)
        kinds = {m: self.words[m] for m in measures if m.aggregate == "kinds"}
        rows = self.reading.numbered(rows, kinds, self.scratch)
        columns: dict[str, Any] = {}
        for measure, share in wanted:
            found = self._aggregate(rows, measure, share, self._inside(rows, share, stretch))
            columns |= {share.column(name): value for name, value in found.items()}
        return rows.group_by("customer_id").aggregate(**columns)

    def _inside(self, rows: ir.Table, share: Stretch, stretch: Stretch) -> Any:
        """Whether a row of a stretch lies in a part of it; None where all do."""
        date = self.calendar.dates[0]
        after = before = None
        if share.end is not None and share.end != stretch.end:
            after = rows["at"] > ibis.literal(date - timedelta(days=share.end), "timestamp")
        if share.start != stretch.start:
            before = rows["at"] <= ibis.literal(date - timedelta(days=share.start), "timestamp")
        return both(after, before)

    def _dated(self, rows: ir.Table, measures: Sequence[Measure]) -> ir.Table:
        """The rows with their day, its bits, and its age as `placed_rows` counts it."""
        days = self.calendar.columns
        ago = days["cal_day"].max() - days["cal_day"]
        columns = {name: days[name] for name in ("cal_date", "cal_limit", "cal_day", "cal_age_day")}
        for word in range(max((self.words[m].words for m in measures if m.aggregate == "days"), default=0)):
            bits = np.left_shift(np.int64(1), np.clip(ago - word * BITS, 0, BITS - 1))
            columns[f"cal_word{word}"] = np.where(ago // BITS == word, bits, 0)
        kept = self.scratch.keep(columns)
        rows = rows.mutate(on_date=rows["at"].date())
        rows = rows.inner_join(kept, [rows.on_date == kept.cal_date])
        return rows.mutate(age_day=rows.cal_age_day + ibis.ifelse(rows["at"] <= rows.cal_limit, 0, 1))

    def _aggregate(self, rows: ir.Table, measure: Measure, share: Stretch, among: Any) -> dict[str, Any]:
        """One measure of the rows of a share: a column, or one for each word."""
        name = self.plan.measures[measure]
        if measure.aggregate == "kinds":
            return self.reading.bits(rows, measure, name, self.words[measure], among)
        if measure.aggregate == "days":
            where = both(among, self.reading.inside(rows, measure))
            words = enumerate(self.words[measure].columns(name))
            return {c: rows[f"cal_word{i}"].bit_or(where=where) for i, c in words if share.reaches(i)}
        return {name: self.reading.partial(rows, measure, among)}

    def windows(self, rows: ir.Table, stretches: Sequence[Stretch]) -> ir.Table:
        """Every window, put together from its shares."""
        columns: dict[str, Any] = {}
        aggregates: dict[str, Aggregate] = {}
        for measure, name in self.plan.measures.items():
            names = self.words[measure].columns(name) if measure in self.words else [name]
            for window in self.plan.windows[measure]:
                shares = [s for s in (stretch.share(window) for stretch in stretches) if s is not None]
                for each in names:
                    parts = [rows[c] for c in (s.column(each) for s in shares) if c in rows.columns]
                    columns[column_of(each, window)] = _together(parts, measure.aggregate)
                    aggregates[column_of(each, window)] = measure.aggregate
        return finished(rows.select("customer_id", **columns), aggregates)


def _together(parts: list[Any], aggregate: Aggregate) -> Any:
    """An aggregate of all rows from those of parts of them, null where a part has none."""
    if aggregate in ("min", "first", "first_day", "max", "last", "last_day"):
        if len(parts) == 1:
            return parts[0]
        least = aggregate in ("min", "first", "first_day")
        # Engines differ in what the least of a value and a null is.
        filled = [ibis.coalesce(part, *parts) for part in parts]
        return ibis.least(*filled) if least else ibis.greatest(*filled)
    parts = [part.fill_null(0) for part in parts]
    if aggregate in ("days", "kinds"):
        return reduce(lambda left, right: left | right, parts, ibis.literal(0, "int64"))
    return reduce(lambda left, right: left + right, parts)
