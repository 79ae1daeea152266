"""Numbers as people write them: which sign separates decimals, and the SQL that reads them.

`1,234.50` and `1.234,50` are the same amount; `1,234` alone is ambiguous. A style is either stated by the
mapping or taken from values that leave no doubt; without either, only plain numbers are read.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Style", "evidence_sql", "number_sql"]

Style = Literal[".", ","]

_GAP = r"\x{00A0}\x{202F} '’"
_POINT = (
    rf"[+-]?(\d{{1,3}}([,{_GAP}]\d{{3}})+\.\d*|"
    rf"\d{{1,3}}(,\d{{3}}){{2,}}|\d+\.(\d{{1,2}}|\d{{4,}})|\d{{4,}}\.\d{{3}})"
)
_COMMA = (
    rf"[+-]?(\d{{1,3}}([.{_GAP}]\d{{3}})+,\d*|"
    rf"\d{{1,3}}(\.\d{{3}}){{2,}}|\d+,(\d{{1,2}}|\d{{4,}})|\d{{4,}},\d{{3}})"
)


def _literal(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"


def evidence_sql(value: str) -> tuple[str, str]:
    """Two conditions over the SQL of a text: it can only have a decimal point, or only a decimal comma.

    >>> import duckdb
    >>> point, comma = evidence_sql("x")
    >>> duckdb.sql(f"SELECT {point}, {comma} FROM (SELECT '1.234,50' AS x)").fetchone()
    (False, True)
    """
    text = f"trim({value})"
    return f"regexp_full_match({text}, {_literal(_POINT)})", f"regexp_full_match({text}, {_literal(_COMMA)})"


def number_sql(value: str, style: Style | None, sql_type: str = "DOUBLE") -> str:
    """The SQL of the number that the SQL of a text stands for; null when it stands for none.

    >>> import duckdb
    >>> sql = number_sql("x", ",", "DECIMAL(18, 4)")
    >>> duckdb.sql(f"SELECT {sql} FROM (SELECT '1.234,50' AS x)").fetchone()
    (Decimal('1234.5000'),)
    """
    text = f"trim({value})"
    if style == ",":
        shape = _literal(rf"[+-]?(\d{{1,3}}([.{_GAP}]\d{{3}})+|\d+)?(,\d*)?([eE][+-]?\d+)?")
        plain = f"replace(regexp_replace({text}, {_literal(f'[.{_GAP}]')}, '', 'g'), ',', '.')"
        return f"CASE WHEN regexp_full_match({text}, {shape}) THEN TRY_CAST({plain} AS {sql_type}) END"
    simple = f"TRY_CAST({text} AS {sql_type})"
    if style is None:
        return simple
    shape = _literal(rf"[+-]?\d{{1,3}}([,{_GAP}]\d{{3}})+(\.\d*)?")
    plain = f"regexp_replace({text}, {_literal(f'[,{_GAP}]')}, '', 'g')"
    grouped = f"CASE WHEN regexp_full_match({text}, {shape}) THEN TRY_CAST({plain} AS {sql_type}) END"
    return f"coalesce({simple}, {grouped})"
