"""Turns a mapping into SQL over the columns of one file."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from retinue.errors import MappingError
from retinue.sources.expressions import compile_expression
from retinue.sources.mapping import ColumnRule, FileSettings, Lookup, RawColumn, Types, literal, quoted
from retinue.sources.numbers import Style, number_sql

__all__ = ["compile_columns", "compile_where", "find_column"]

_CASTS = {"integer": "HUGEINT", "number": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP"}


def find_column(name: str, types: Types, where: str, table: str = "") -> str:
    """The file's column of that name: exactly, or the only one that differs in case alone.

    Raises MappingError that lists the nearest columns.
    """
    if name in types:
        return name
    same = [column for column in types if column.lower() == name.lower()]
    if len(same) == 1:
        return same[0]
    by_lower = {column.lower(): column for column in types}
    near = [by_lower[n] for n in difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.4)]
    shown = ", ".join(near) if near else "none; the file has " + ", ".join(list(types)[:20])
    raise MappingError(
        f"The mapping{f' of {table}' if table else ''} names the column '{name}', which the file "
        "does not have.",
        where=where,
        fix=f"Nearest: {shown}.",
    )


def compile_where(settings: FileSettings, types: Types, style: Style | None, where: str) -> str | None:
    """The condition that selects rows, or None."""
    if settings.where is None:
        return None
    return compile_expression(
        settings.where, types, number=lambda text: number_sql(text, style), where=where
    ).sql


def compile_columns(
    settings: FileSettings,
    types: Types,
    *,
    style: Style | None,
    where: str,
    lookup: Callable[[Lookup, str], str],
) -> list[RawColumn]:
    """One `RawColumn` per mapped target column, in the order of the mapping.

    Parameters
    ----------
    types: the file's columns and their SQL types.
    style: the sign of decimals in the file, if known.
    lookup: joins another file by the SQL of a key, and gives the SQL of the value found.

    Raises MappingError when the mapping names a column the file does not have.
    """
    out = []
    for name, rule in settings.columns.items():
        place = f"{where}, column {name}"
        out.append(_compile(name, rule, settings, types, rule.decimal or style, place, lookup))
    return out


def _compile(
    name: str,
    rule: ColumnRule,
    settings: FileSettings,
    types: Types,
    style: Style | None,
    where: str,
    lookup: Callable[[Lookup, str], str],
) -> RawColumn:
    broken: str | None = None
    sources: tuple[str, ...]
    if rule.column is not None:
        column = find_column(rule.column, types, where, settings.table)
        sources, kind = (column,), types[column]
        sql = quoted(column)
    elif rule.constant is not None:
        sources, kind, sql = (), "VARCHAR", literal(rule.constant)
    elif rule.expression is not None:
        compiled = compile_expression(
            rule.expression, types, number=lambda text: number_sql(text, style), where=where
        )
        sources, kind, sql, broken = compiled.columns, "", compiled.sql, compiled.broken
    else:
        sources, kind, sql = (), "VARCHAR", ""
        gathered = rule.object_of or ()
        pairs = gathered.items() if isinstance(gathered, dict) else ((c, c) for c in gathered)
        parts = []
        for key, source in pairs:
            column = find_column(source, types, where, settings.table)
            sources += (column,)
            parts.append(f"{literal(key)}, {quoted(column)}")
        sql = f"CAST(json_object({', '.join(parts)}) AS VARCHAR)"
    if rule.cast is not None and rule.cast != "text":
        text = f"CAST({sql} AS VARCHAR)"
        sql, kind = f"coalesce(CAST(TRY_CAST({sql} AS {_CASTS[rule.cast]}) AS VARCHAR), {text})", "VARCHAR"
    elif rule.cast == "text":
        sql, kind = f"CAST({sql} AS VARCHAR)", "VARCHAR"
    if rule.lookup is not None:
        sql, kind = lookup(rule.lookup, f"CAST({sql} AS VARCHAR)"), "VARCHAR"
    if rule.map is not None:
        text = f"CAST({sql} AS VARCHAR)"
        cases = " ".join(
            f"WHEN {literal(k)} THEN {literal(v) if v != '' else 'NULL'}" for k, v in rule.map.items()
        )
        sql, kind = f"CASE {text} {cases} ELSE {text} END", "VARCHAR"
    if rule.default is not None:
        sql, kind = f"coalesce(CAST({sql} AS VARCHAR), {literal(rule.default)})", "VARCHAR"
    return RawColumn(name, sql, kind, sources, broken, rule)
