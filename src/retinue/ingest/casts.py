"""Reads raw values as what a column of the warehouse holds, in SQL, and says what is wrong with the rest.

| kind | accepted |
| --- | --- |
| id, category, text | any text, in Unicode NFC, stripped; a number such as 12346.0 is the id 12346 |
| money, number, probability | numbers with a decimal point, or as `decimal` says; never NaN or infinite |
| boolean | true/false, t/f, yes/no, y/n, 1/0 |
| timestamp | ISO 8601 with or without a zone, or `date_format`; 1970 to 2100 |
| json | one JSON object |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retinue.sources.mapping import RawColumn, literal, quoted
from retinue.sources.numbers import Style, number_sql
from retinue.warehouse.tables import Column

__all__ = [
    "EPOCHS",
    "Check",
    "Typed",
    "cast_column",
    "clean_columns",
    "cleaned",
    "raw_name",
    "raw_sql",
    "timestamp_sql",
]

MAX_ID = 1_024
MAX_TEXT = 1_048_576
FIRST_DATE, LAST_DATE = "1970-01-01", "2101-01-01"
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Formats that count from 1970, and the microseconds in one of their units."""
_ASCII_BLANK = " \t\r\n"
_BLANK = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff"
_FLOATS = ("DOUBLE", "FLOAT")
_NESTED = ("STRUCT", "MAP", "[]")


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that sends a row to quarantine, with the reason and its words."""

    reason: str
    column: str
    condition: str
    detail: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The SQL of a column's value and the checks on its raw value (the SQL of which is `m_NAME`)."""

    name: str
    sql: str
    checks: tuple[Check, ...]


def raw_name(column: str) -> str:
    """The name under which a column's raw value stands while it is judged."""
    return quoted(f"m_{column}")


def cleaned(sql: str) -> str:
    """A text in NFC without blanks around it; null when nothing is left.

    Most texts are plain ASCII without blanks at their ends, which costs far less to see than to trim.
    """
    ends = "".join(f" AND NOT suffix({sql}, {literal(blank)})" for blank in _ASCII_BLANK)
    plain = f"ascii({sql}) BETWEEN 33 AND 126 AND strlen({sql}) = length({sql}){ends}"
    return f"CASE WHEN {plain} THEN {sql} ELSE nullif(trim(nfc_normalize({sql}), {literal(_BLANK)}), '') END"


def clean_columns(names: Sequence[str], types: Mapping[str, str], nulls: Sequence[str]) -> str:
    """A select list of a file's columns: texts cleaned, and null where the mapping says they mean nothing."""
    listed = ", ".join(literal(n) for n in nulls if n)
    out = []
    for name in names:
        column = quoted(name)
        if not is_text(types[name]):
            out.append(column)
            continue
        text = cleaned(column if types[name] == "VARCHAR" else f"CAST({column} AS VARCHAR)")
        out.append(
            f"CASE WHEN {column} IN ({listed}) THEN NULL ELSE {text} END AS {column}" if listed else text
        )
    return ", ".join(out)


def raw_sql(raw: RawColumn) -> str:
    """The SQL of a raw value as the checks and casts see it; what a mapping composed is cleaned again."""
    composed = raw.rule is not None and (raw.rule.column is None or raw.rule.map is not None)
    return cleaned(raw.sql) if composed and raw.sql_type == "VARCHAR" and raw.sources else raw.sql


def is_text(kind: str) -> bool:
    return kind == "VARCHAR" or kind.startswith("ENUM")


def _is_numeric(kind: str) -> bool:
    return kind.startswith("DECIMAL") or kind in (
        *_FLOATS,
        *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    )


def cast_column(
    column: Column, raw: RawColumn, *, style: Style | None, zone: str, formats: tuple[str, ...]
) -> Typed:
    """The value of one column, and what can be wrong with its raw value.

    Parameters
    ----------
    style: which sign separates decimals, if known.
    zone: time zone of times that name none.
    formats: of dates that are not ISO 8601 (strptime), or epoch_s, epoch_ms, epoch_us.
    """
    m = raw_name(column.name)
    match column.kind:
        case "id" | "category" | "text":
            sql, checks = _text(column, raw, m)
        case "money":
            sql, checks = _number(column, raw, m, style, "DECIMAL(18, 4)")
        case "number" | "probability":
            sql, checks = _number(column, raw, m, style, "DOUBLE")
        case "boolean":
            sql, checks = _boolean(column, raw, m)
        case "timestamp":
            sql, checks = _timestamp(column, raw, m, zone, formats)
        case "json":
            sql, checks = _json(column, raw, m)
    return Typed(column.name, sql, tuple(checks))


def _unfit(column: Column) -> str:
    """The raw value is there, the typed one is not."""
    return f"{raw_name(column.name)} IS NOT NULL AND {quoted(column.name)} IS NULL"


def _text(column: Column, raw: RawColumn, m: str) -> tuple[str, list[Check]]:
    limit = MAX_TEXT if column.kind == "text" else MAX_ID
    text = m if is_text(raw.sql_type) else f"CAST({m} AS VARCHAR)"
    checks = [
        Check("too_long", column.name, f"length({text}) > {limit}", f"longer than {limit} characters"),
        Check("nul_byte", column.name, f"contains({text}, chr(0))", "holds a NUL byte"),
    ]
    if column.kind == "id" and (raw.sql_type in _FLOATS or raw.sql_type.startswith("DECIMAL")):
        # an empty cell of a column of floats is often NaN, which is no id
        empty = f"WHEN isnan(CAST({m} AS DOUBLE)) THEN NULL " if raw.sql_type in _FLOATS else ""
        whole = f"WHEN {m} = floor({m}) AND abs({m}) < 9e15 THEN CAST(CAST({m} AS BIGINT) AS VARCHAR)"
        return f"CASE {empty}{whole} ELSE {text} END", checks
    sql = text
    if column.kind == "id" and is_text(raw.sql_type):
        tail = f"regexp_replace({m}, '^(-?[0-9]+)\\.0+$', '\\1')"
        sql = f"CASE WHEN suffix({m}, '0') AND contains({m}, '.') THEN {tail} ELSE {m} END"
    if column.allowed:
        sql = f"lower({sql})"
    elif column.name == "currency":
        sql = f"upper({sql})"
    return (f"tokenise({sql})" if column.personal else sql), checks


def _number(
    column: Column, raw: RawColumn, m: str, style: Style | None, sql_type: str
) -> tuple[str, list[Check]]:
    name, unfit = column.name, _unfit(column)
    if _is_numeric(raw.sql_type):
        finite = f"NOT isfinite({m})" if raw.sql_type in _FLOATS else "false"
        return f"TRY_CAST({m} AS {sql_type})", [
            Check("not_finite", name, finite, "not a finite number"),
            Check("out_of_range", name, unfit, "too large to be stored exactly"),
        ]
    text = m if is_text(raw.sql_type) else f"CAST({m} AS VARCHAR)"
    sql = number_sql(text, style, sql_type)
    wide = number_sql(text, style, "DOUBLE")
    infinite = (
        f"{unfit} AND (regexp_full_match(lower({text}), '[+-]?(nan|inf|infinity)') OR NOT isfinite({wide}))"
    )
    if sql_type == "DOUBLE":
        infinite = f"NOT isfinite({quoted(name)}) OR ({infinite})"
    grouped = f"regexp_full_match({text}, '[+-]?[0-9]{{1,3}}(,[0-9]{{3}})')"
    reads = {".": "a decimal point", ",": "a decimal comma", None: "plain numbers"}[style]
    checks = [Check("not_finite", name, infinite, "not a finite number")]
    if style is None:
        words = 'the comma could mean either; set decimal = "." or decimal = ","'
        checks.append(Check("ambiguous_number", name, f"{unfit} AND {grouped}", words))
    checks += [
        Check("out_of_range", name, f"{unfit} AND {wide} IS NOT NULL", "too large to be stored exactly"),
        Check("bad_number", name, unfit, f"not a number; the column is read with {reads}"),
    ]
    return sql, checks


def _boolean(column: Column, raw: RawColumn, m: str) -> tuple[str, list[Check]]:
    if raw.sql_type == "BOOLEAN":
        return m, []
    text = f"lower({m if is_text(raw.sql_type) else f'CAST({m} AS VARCHAR)'})"
    sql = (
        f"CASE WHEN {text} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {text} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )
    return sql, [Check("bad_boolean", column.name, _unfit(column), "neither yes nor no")]


def _timestamp(
    column: Column, raw: RawColumn, m: str, zone: str, formats: tuple[str, ...]
) -> tuple[str, list[Check]]:
    if formats:
        how = f"not a date as {' or '.join(formats[:3])} or ISO 8601"
    else:
        how = "not an ISO 8601 date; set date_format"
    name = quoted(column.name)
    bounds = f"{name} < TIMESTAMP '{FIRST_DATE}' OR {name} >= TIMESTAMP '{LAST_DATE}'"
    return timestamp_sql(m, raw.sql_type, zone, formats), [
        Check("bad_date", column.name, _unfit(column), how),
        Check("absurd_date", column.name, bounds, "before 1970 or after 2100"),
    ]


def timestamp_sql(text: str, kind: str, zone: str, formats: tuple[str, ...]) -> str:
    """The SQL of a moment in UTC from the SQL of a value without blanks; null when it is none."""
    local = zone.upper() not in ("UTC", "ETC/UTC")

    def utc(sql: str) -> str:
        return f"timezone('UTC', timezone({literal(zone)}, {sql}))" if local else sql

    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {text})"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return utc(f"CAST({text} AS TIMESTAMP)")
    epoch = next((f for f in formats if f in EPOCHS), None)
    if epoch is not None:
        whole = f"round(TRY_CAST({text} AS DOUBLE) * {EPOCHS[epoch]})"
        # outside of these the engine's own conversion would raise
        return f"CASE WHEN abs({whole}) < 9e18 THEN make_timestamp(CAST({whole} AS BIGINT)) END"
    if not is_text(kind):
        return "CAST(NULL AS TIMESTAMP)"
    zoned = f"regexp_matches({text}, '[0-9:.] ?(Z|z|UTC|GMT|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')"
    # the engine wants seconds before an offset, and no blank
    joined = f"regexp_replace({text}, '(:[0-9.]+) ([+-])', '\\1\\2')"
    joined = f"regexp_replace({joined}, '([ T][0-9]+:[0-9]+)([Zz+-])', '\\1:00\\2')"
    plain = f"TRY_CAST({text} AS TIMESTAMP)"
    # a plain cast drops an offset without a word, so a value that has one goes the other way
    iso = (
        f"CASE WHEN ascii({text}) NOT BETWEEN 48 AND 57 THEN NULL "
        f"WHEN length({text}) = 10 OR (length({text}) = 19 AND substr({text}, 17, 1) = ':') THEN "
        f"{utc(plain)} "
        f"WHEN length({text}) > 10 AND {zoned} THEN timezone('UTC', TRY_CAST({joined} AS TIMESTAMPTZ)) "
        f"ELSE {utc(plain)} END"
    )
    if not formats:
        return iso
    listed = ", ".join(literal(f) for f in formats)
    return f"coalesce({iso}, {utc(f'try_strptime({text}, [{listed}])')})"


def _json(column: Column, raw: RawColumn, m: str) -> tuple[str, list[Check]]:
    if any(mark in raw.sql_type for mark in _NESTED):
        return f"CAST(to_json({m}) AS VARCHAR)", []
    text = m if is_text(raw.sql_type) else f"CAST({m} AS VARCHAR)"
    sql = (
        f"CASE WHEN json_valid({text}) THEN CASE WHEN json_type({text}) = 'OBJECT' "
        f"THEN CAST(json({text}) AS VARCHAR) END END"
    )
    return sql, [
        Check("too_long", column.name, f"length({text}) > {MAX_TEXT}", f"longer than {MAX_TEXT} characters"),
        Check("bad_object", column.name, _unfit(column), "not a JSON object"),
    ]
