"""Binds the raw columns of one file to one table: which SQL reads them, and which checks they must pass."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.errors import MappingError
from retinue.ingest.bench import sql_type
from retinue.ingest.casts import Check, Typed, cast_column, raw_name, raw_sql, timestamp_sql
from retinue.ingest.rules import RECORDED_AT, defaults, row_checks
from retinue.sources.mapping import FileSettings, RawColumn, literal, quoted
from retinue.sources.numbers import Style, evidence_sql
from retinue.warehouse.tables import TABLES, Column, Table, table

if TYPE_CHECKING:
    from retinue.ingest.bench import Bench

__all__ = ["Dialect", "Plan", "check_targets", "make_plan", "sniff_formats", "sniff_style", "table_named"]

SAMPLE = 20_000
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def _family(*days: str) -> tuple[str, ...]:
    return tuple(day + time for day in days for time in _TIMES)


FAMILIES: tuple[tuple[str, ...], ...] = (
    _family("%d/%m/%y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d.%m.%Y"),
    _family("%m/%d/%y", "%m/%d/%Y", "%m-%d-%Y"),
    _family("%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y"),
)
"""Formats tried on dates that are not ISO 8601: day first, month first, and those that leave no doubt."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How numbers and dates of a file were read; remembered for its rows in quarantine."""

    decimal: Style | None = None
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one file become rows of one table.

    `typed` gives each column's SQL over raw values; `checks` are made in order and the first that holds
    sends the row to quarantine.
    """

    table: Table
    raw: tuple[RawColumn, ...]
    typed: tuple[Typed, ...]
    checks: tuple[Check, ...]
    keyed: bool
    versioned: bool
    fill: dict[str, str]
    assumptions: tuple[str, ...]
    dialect: Dialect

    def raw_select(self) -> str:
        """The raw values and what marks them broken, over the file's columns."""
        parts = [f"{raw_sql(c)} AS {raw_name(c.name)}" for c in self.raw]
        parts += [f"({c.broken}) AS {quoted('e_' + c.name)}" for c in self.raw if c.broken is not None]
        return ", ".join(parts)

    def typed_select(self) -> str:
        """The typed values over the raw ones; columns the file does not give are their default or null."""
        given = {t.name: t.sql for t in self.typed}
        parts = []
        for column in self.table.columns:
            kind = sql_type(self.table, column.name)
            sql = given.get(column.name, "NULL")
            fill = self.fill.get(column.name)
            parts.append(
                f"CAST({f'coalesce({sql}, {fill})' if fill else sql} AS {kind}) AS {quoted(column.name)}"
            )
        recorded = given.get("recorded_at", "NULL")
        parts.append(f"CAST({recorded} AS TIMESTAMP) AS recorded_at")
        return ", ".join(parts)

    def verdict(self) -> str:
        """The number of the first check that holds; 0 when none does."""
        cases = " ".join(f"WHEN {c.condition} THEN {i}" for i, c in enumerate(self.checks, 1))
        return f"CAST(CASE {cases} ELSE 0 END AS SMALLINT)"


def table_named(name: str, where: str) -> Table:
    """The declared table of that name; MappingError with the nearest ones."""
    names = [t.name for t in TABLES]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise MappingError(
            f"There is no table '{name}'.", where=where, fix=f"{hint}Tables: {', '.join(names)}."
        )
    return table(name)


def _target(name: str, declared: Table, where: str) -> Column:
    if name == "recorded_at":
        return RECORDED_AT
    try:
        return declared.column(name)
    except KeyError:
        valid = [*declared.column_names, "recorded_at"]
        near = difflib.get_close_matches(name, valid, n=3, cutoff=0.4)
        raise MappingError(
            f"The table {declared.name} has no column '{name}'.",
            where=where,
            fix=f"{'Nearest: ' + ', '.join(near) if near else 'Columns: ' + ', '.join(valid)}.",
        ) from None


def check_targets(declared: Table, names: Sequence[str], where: str, seen: Sequence[str] = ()) -> None:
    """Every name is a column of the table, and none that a row needs is missing.

    `seen` are the columns of a shaped file, to find near misses among them.
    """
    for name in names:
        _target(name, declared, where)
    for column in declared.columns:
        generated = column.name == declared.key and declared.references_customer
        if column.required and column.name not in names and not generated:
            near = difflib.get_close_matches(column.name, seen, n=3, cutoff=0.4)
            hint = f"Nearest in the file: {', '.join(near)}. " if near else ""
            raise MappingError(
                f"Nothing gives the column '{column.name}' of {declared.name}, which every row needs.",
                where=where,
                fix=f"{hint}Name a column of the file for it, or a constant.",
            )


def make_plan(
    declared: Table,
    raw: Sequence[RawColumn],
    settings: FileSettings,
    *,
    clock: datetime,
    currency: str,
    style: Style | None,
    formats: dict[str, tuple[str, ...]],
    where: str,
    assumptions: Sequence[str] = (),
) -> Plan:
    """Bind raw columns to a table. The arguments are those of `cast_column` and `row_checks`."""
    names = [column.name for column in raw]
    check_targets(declared, names, where)
    typed: list[Typed] = []
    checks: list[Check] = []
    for column in raw:
        rule = column.rule
        target = _target(column.name, declared, where)
        bound = cast_column(
            target,
            column,
            style=(rule.decimal if rule else None) or settings.decimal or style,
            zone=(rule.time_zone if rule else None) or settings.time_zone,
            formats=formats.get(column.name, ()),
        )
        typed.append(bound)
        if column.broken is not None:
            words = "the expression meets a text where it needs a number"
            checks.append(
                Check("bad_number", column.name, f"coalesce({quoted('e_' + column.name)}, false)", words)
            )
        checks += bound.checks
    given = settings.currency or currency
    present = frozenset(names) | ({"currency"} if settings.currency else frozenset())
    return Plan(
        table=declared,
        raw=tuple(raw),
        typed=tuple(typed),
        checks=(*checks, *row_checks(declared, present, clock=clock, currency=currency)),
        keyed=declared.key in names,
        versioned="recorded_at" in names,
        fill=defaults(declared, given),
        assumptions=tuple(assumptions),
        dialect=Dialect(style, formats),
    )


def sniff_style(
    bench: Bench, relation: str, columns: Sequence[str], file: str
) -> tuple[Style | None, list[str]]:
    """Which sign separates decimals, from values among the first rows that leave no doubt."""
    if not columns:
        return None, []
    points, commas = [], []
    for column in columns:
        point, comma = evidence_sql(quoted(column))
        points.append(f"count(*) FILTER (WHERE {point})")
        commas.append(f"count(*) FILTER (WHERE {comma})")
    chosen = ", ".join(quoted(c) for c in columns)
    counted = bench.rows(
        f"SELECT {' + '.join(points)}, {' + '.join(commas)} FROM (SELECT {chosen} FROM ({relation}) "
        f"LIMIT {SAMPLE})"
    )[0]
    point_count, comma_count = int(counted[0]), int(counted[1])
    if comma_count > point_count:
        return ",", [f"{file}: amounts are read with a decimal comma; set decimal to say otherwise"]
    if point_count and comma_count:
        return ".", [
            f"{file}: amounts are read with a decimal point, though some look otherwise; set decimal"
        ]
    return ("." if point_count else None), []


def sniff_formats(
    bench: Bench,
    relation: str,
    raw: RawColumn,
    settings: FileSettings,
    file: str,
    remembered: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[tuple[str, ...], list[str]]:
    """The formats of a column of dates: stated, or found among the usual ones when not ISO 8601."""
    stated = (raw.rule.format if raw.rule else None) or settings.date_format
    if stated is not None:
        return (stated,), []
    if remembered is not None:
        return tuple(remembered.get(raw.name, ())), []
    if raw.sql_type != "VARCHAR" or not raw.sources:
        return (), []
    value = quoted("v")
    iso = timestamp_sql(value, "VARCHAR", "UTC", ())
    sample = f"SELECT CAST({raw_sql(raw)} AS VARCHAR) AS v FROM ({relation}) LIMIT {SAMPLE}"
    bench.run(
        f"CREATE OR REPLACE TABLE unread AS SELECT v FROM ({sample}) WHERE v IS NOT NULL AND {iso} "
        "IS NULL LIMIT 2000"
    )
    if not bench.number("SELECT count(*) FROM unread"):
        return (), []
    counts = []
    for family in FAMILIES:
        listed = ", ".join(literal(f) for f in family)
        parsed = f"try_strptime({value}, [{listed}])"
        counts.append(f"count(*) FILTER (WHERE {parsed} BETWEEN '1970-01-01' AND '2100-12-31')")
    found = bench.rows(f"SELECT {', '.join(counts)} FROM unread")[0]
    if not max(found):
        return (), []
    best = max(range(len(found)), key=lambda i: found[i])
    if found[0] == found[1] == found[best]:
        fix = "set date_format to %d/%m/%Y or %m/%d/%Y"
        return (), [f"{file}: dates of {raw.name} could be day first or month first; {fix}"]
    order = ("day first", "month first", f"as {FAMILIES[2][0]} or the like")[best]
    return FAMILIES[best], [f"{file}: dates of {raw.name} that are not ISO 8601 are read {order}"]
