"""Makes a job of a file: its mapping, its columns, and what its values tell about how it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.ingest.casts import clean_columns
from retinue.ingest.job import Job
from retinue.ingest.plan import Dialect, check_targets, make_plan, sniff_formats, sniff_style
from retinue.sources.compile import compile_where
from retinue.sources.expressions import columns_of
from retinue.sources.files import FilePart, Lookups
from retinue.sources.mapping import FileSettings, RawColumn, quoted
from retinue.sources.reading import ROW, Reading
from retinue.warehouse.tables import Table

if TYPE_CHECKING:
    from retinue.ingest.bench import Bench

__all__ = ["bind"]


def bind(
    bench: Bench,
    part: FilePart,
    declared: Table,
    reading: Reading,
    *,
    clock: datetime,
    currency: str,
    remembered: Dialect | None = None,
) -> Job:
    """Make a job of a part's mapping and the columns found.

    Parameters
    ----------
    clock: now, in UTC.
    currency: ISO 4217 code of the project's amounts.
    remembered: what was sniffed in the whole file, for rows that come back from quarantine.

    Raises MappingError when the mapping does not fit the file or the table.
    """
    settings = part.settings
    numeric = _numeric_sources(part, declared, reading)
    style, assumed = settings.decimal, list(reading.assumed)
    if style is None and remembered is not None:
        style = remembered.decimal
    elif style is None:
        style, said = sniff_style(bench, reading.relation, numeric, part.label)
        assumed += said
    joins = Lookups(bench.connection, part.root)
    raw = part.columns(reading, style=style, lookup=joins)
    if part.shaped:
        raw = _declared_only(raw, declared, part, assumed)
    wanted = {source for column in raw for source in column.sources}
    if settings.where is not None:
        wanted |= {c for c in reading.types if c.lower() in _lower(columns_of(settings.where, part.place))}
    used = [name for name in reading.types if name in wanted] or list(reading.types)[:1]
    clean = clean_columns(used, reading.types, settings.nulls)
    relation = f"SELECT * FROM (SELECT {ROW}, {clean} FROM ({reading.relation})){joins.sql}"
    raw = _with_types(bench, raw, relation)
    formats: dict[str, tuple[str, ...]] = {}
    for column in raw:
        moment = column.name == "recorded_at" or declared.column(column.name).kind == "timestamp"
        if moment:
            known = remembered.formats if remembered else None
            formats[column.name], said = sniff_formats(bench, relation, column, settings, part.label, known)
            assumed += said
    place = f"{part.place}, file {part.label}"
    plan = make_plan(
        declared,
        raw,
        settings,
        clock=clock,
        currency=currency,
        style=style,
        formats=formats,
        where=place,
        assumptions=[*assumed, *_stated(declared, raw, settings, currency)],
    )
    where = compile_where(settings, reading.types, style, place)
    return Job(part.source, part.label, plan, settings, reading, clean, joins.sql, where, clock)


def _with_types(bench: Bench, raw: list[RawColumn], relation: str) -> list[RawColumn]:
    """The raw columns with the SQL type of each expression, as the engine sees it."""
    chosen = ", ".join(f"{c.sql} AS {quoted(c.name)}" for c in raw)
    found = {row[0]: row[1] for row in bench.rows(f"DESCRIBE SELECT {chosen} FROM ({relation})")}
    return [replace(c, sql_type=found[c.name]) for c in raw]


def _lower(names: Sequence[str]) -> set[str]:
    return {name.lower() for name in names}


def _numeric_sources(part: FilePart, declared: Table, reading: Reading) -> list[str]:
    """The text columns of the file that end up in numbers."""
    kinds = {c.name for c in declared.columns if c.kind in ("money", "number", "probability")}
    wanted: set[str] = set()
    if part.shaped:
        wanted = kinds
    else:
        for name, rule in part.settings.columns.items():
            if rule.expression is not None:
                wanted.update(columns_of(rule.expression))
            elif rule.column is not None and name in kinds:
                wanted.add(rule.column)
    lower = {w.lower() for w in wanted}
    return [c for c, kind in reading.types.items() if kind == "VARCHAR" and c.lower() in lower]


def _declared_only(
    raw: list[RawColumn], declared: Table, part: FilePart, assumed: list[str]
) -> list[RawColumn]:
    """The columns of a shaped file that the table has; the others are named as ignored."""
    known = {*declared.column_names, "recorded_at"}
    ignored = [c.name for c in raw if c.name not in known and c.name != "source"]
    if ignored:
        shown = ", ".join(ignored[:10]) + (", …" if len(ignored) > 10 else "")
        assumed.append(f"{part.label}: columns that {declared.name} does not have are ignored: {shown}")
    kept = [c for c in raw if c.name in known]
    check_targets(declared, [c.name for c in kept], str(part.path), [c.name for c in raw])
    return kept


def _stated(declared: Table, raw: Sequence[RawColumn], settings: FileSettings, currency: str) -> list[str]:
    """What is taken for granted about rows of this table, in sentences."""
    names = {c.name for c in raw}
    out = []
    if declared.key not in names:
        kind = "each identical row counts" if settings.duplicates == "keep" else "identical rows count once"
        out.append(f"{declared.name}: rows have no {declared.key}, so it is made from their content; {kind}.")
    if "recorded_at" not in names:
        if settings.recorded_at == "loaded":
            out.append(f"{declared.name}: every row counts as learned when it was loaded.")
        else:
            moment = declared.happened or "its date"
            extra = " (customers without it: always)" if declared.name == "customers" else ""
            out.append(
                f"{declared.name}: the source does not say when a row was learned, so it counts as "
                "known from "
                f"{moment} on{extra}; a later change counts from the load that brings it."
            )
    if "currency" in declared.column_names and "currency" not in names:
        out.append(f"{declared.name}: amounts are taken to be in {settings.currency or currency}.")
    if declared.name == "transactions" and "status" not in names:
        out.append("transactions: every row counts as succeeded.")
    return out
