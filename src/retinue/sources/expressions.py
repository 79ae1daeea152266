"""The expressions a mapping may hold: one scalar over the columns of the file, and nothing else.

An expression is SQL as DuckDB speaks it, such as ``Quantity * Price`` or
``CASE WHEN Invoice LIKE 'C%' THEN 'refunded' END``. It must not look anything up, read a file, the
environment or the clock, or change between two readings, so functions are taken from the engine's own
list of deterministic scalar functions, and everything that is not a scalar is refused.

In arithmetic, and in a comparison with a number, a column of text is read as a number.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from retinue.errors import MappingError

__all__ = ["Compiled", "columns_of", "compile_expression"]

_SYNTAX = frozenset(
    [
        "case",
        "when",
        "then",
        "else",
        "end",
        "and",
        "or",
        "not",
        "in",
        "between",
        "like",
        "ilike",
        "is",
        "cast",
        "try_cast",
        "coalesce",
        "nullif",
        "ifnull",
        "if",
        "extract",
        "trim",
        "substring",
        "substr",
        "position",
        "overlay",
        "decimal",
        "numeric",
        "varchar",
        "char",
        "array",
        "struct",
        "list",
        "interval",
        "ltrim",
        "rtrim",
        "date",
        "time",
        "timestamp",
    ]
)
_REFUSED = frozenset(
    [
        "getenv",
        "getvariable",
        "current_setting",
        "current_database",
        "current_schema",
        "current_schemas",
        "current_query",
        "current_user",
        "session_user",
        "user",
        "version",
        "query_table",
        "nextval",
        "currval",
        "txid_current",
        "write_log",
        "in_search_path",
        "pg_typeof",
        "error",
        "sleep_ms",
        "icu_sort_key",
        "set_config",
    ]
)
_TEXT = "VARCHAR"


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to run, and what tells a row it cannot be computed for."""

    sql: str
    broken: str | None
    """A condition: a text that should have been a number is none."""
    columns: tuple[str, ...]


@cache
def _allowed() -> frozenset[str]:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
            "WHERE function_type = 'scalar' AND stability = 'CONSISTENT'"
        ).fetchall()
    return (frozenset(row[0] for row in rows) | _SYNTAX) - _REFUSED


def _refuse(text: str, why: str, where: str, fix: str = "") -> MappingError:
    return MappingError(
        f"The expression {text!r} is not allowed: {why}.",
        where=where,
        fix=fix or "Write one scalar expression over the columns of the file.",
    )


def _parse(text: str, where: str) -> Any:
    import sqlglot
    from sqlglot import errors, exp

    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (errors.ParseError, errors.TokenError) as error:
        detail = error.errors[0]["description"] if getattr(error, "errors", None) else "it does not parse"
        raise _refuse(text, f"{detail}".rstrip("."), where) from error
    if len(trees) != 1 or trees[0] is None:
        raise _refuse(text, "it is not exactly one expression", where)
    tree = trees[0]
    forbidden = (
        exp.Query, exp.DDL, exp.DML, exp.Command, exp.Window, exp.AggFunc, exp.Star, exp.Placeholder,
        exp.Parameter, exp.Lambda, exp.Drop, exp.Alias, exp.Table, exp.Set, exp.Pragma, exp.Attach, exp.UDTF,
    )  # fmt: skip
    if isinstance(tree, (exp.Alias, exp.Tuple)) or not isinstance(tree, exp.Expr):
        raise _refuse(text, "it is not a single value", where)
    for node in tree.walk():
        if isinstance(node, forbidden):
            raise _refuse(text, f"it holds a {type(node).__name__.upper()}", where)
        if isinstance(node, exp.Column) and node.table:
            raise _refuse(text, f"'{node.sql()}' names a table", where)
    _check_functions(text, where)
    return tree


def _check_functions(text: str, where: str) -> None:
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.tokens import TokenType

    tokens = DuckDB().tokenize(text)
    for token, following in pairwise(tokens):
        name = token.text.lower()
        called = following.token_type == TokenType.L_PAREN and name.replace("_", "").isalnum()
        # CURRENT_DATE and its kin need no parentheses
        if name.startswith(("current_", "localtime")) or (
            called and token.token_type not in (TokenType.STRING, TokenType.NUMBER) and name not in _allowed()
        ):
            near = difflib.get_close_matches(name, _allowed(), n=1)
            raise _refuse(
                text,
                f"the function '{token.text}' is unknown, not scalar, or not the same on every reading",
                where,
                f"Did you mean '{near[0]}'?" if near and name not in _REFUSED else "",
            )
    if tokens and tokens[-1].text.lower().startswith(("current_", "localtime")):
        raise _refuse(text, f"'{tokens[-1].text}' is not the same on every reading", where)


def columns_of(text: str, where: str = "") -> tuple[str, ...]:
    """The columns an expression names, in order of appearance.

    >>> columns_of("Quantity * Price")
    ('Quantity', 'Price')
    """
    from sqlglot import exp

    return tuple(dict.fromkeys(c.name for c in _parse(text, where).find_all(exp.Column)))


def compile_expression(
    text: str,
    types: Mapping[str, str],
    *,
    number: Callable[[str], str],
    where: str,
) -> Compiled:
    """Check an expression against the columns there are, and make it ready to run.

    Parameters
    ----------
    types: column name → its SQL type.
    number: makes, from the SQL of a text, the SQL of the number it stands for (null when it is none).
    where: what to name in an error, e.g. ``retinue.toml [sources.shop.columns.amount]``.

    Raises MappingError for anything but a deterministic scalar over those columns.

    >>> compile_expression("a || 'x'", {"a": "VARCHAR"}, number=str, where="").sql
    '("a" || \\'x\\')'
    """
    from sqlglot import exp

    tree = _parse(text, where)
    by_lower = {name.lower(): name for name in types}
    numeric: list[str] = []
    used: list[str] = []
    for column in list(tree.find_all(exp.Column)):
        name = by_lower.get(column.name.lower())
        if name is None:
            near = difflib.get_close_matches(column.name, types, n=3, cutoff=0.4)
            listed = ", ".join(near or list(types)[:12])
            raise MappingError(
                f"The expression {text!r} names the column '{column.name}', which the file does not have.",
                where=where,
                fix=f"Nearest: {listed}.",
            )
        used.append(name)
        quoted = '"' + name.replace('"', '""') + '"'
        if types[name] == _TEXT and _is_numeric_use(column):
            numeric.append(quoted)
            fresh: Any = exp.Placeholder(this=f"number_{len(numeric)}")
        else:
            fresh = exp.Column(this=exp.to_identifier(name, quoted=True))
        if column is tree:
            tree = fresh
        else:
            column.replace(fresh)
    sql = tree.sql(dialect="duckdb", comments=False)
    for index in range(len(numeric), 0, -1):
        sql = sql.replace(f"$number_{index}", number(numeric[index - 1]))
    broken = " OR ".join(f"({c} IS NOT NULL AND {number(c)} IS NULL)" for c in dict.fromkeys(numeric)) or None
    compiled = Compiled(f"({sql})", broken, tuple(dict.fromkeys(used)))
    _bind(compiled, types, text, where)
    return compiled


def _is_numeric_use(column: Any) -> bool:
    from sqlglot import exp

    node, parent = column, column.parent
    while isinstance(parent, exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(
        parent, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round)
    ):
        return True
    if isinstance(parent, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ)):
        other = parent.expression if parent.this is node else parent.this
        return _is_number(other)
    if isinstance(parent, exp.Between):
        return parent.this is node and _is_number(parent.args["low"])
    return False


def _is_number(node: Any) -> bool:
    from sqlglot import exp

    while isinstance(node, (exp.Paren, exp.Neg)):
        node = node.this
    arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div)
    return (isinstance(node, exp.Literal) and not node.is_string) or isinstance(node, arithmetic)


def _bind(compiled: Compiled, types: Mapping[str, str], text: str, where: str) -> None:
    """Let the engine itself check it, with no access to files, over a table without rows."""
    import duckdb

    columns = ", ".join(
        f'CAST(NULL AS {types[c]}) AS "' + c.replace('"', '""') + '"' for c in compiled.columns
    )
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        try:
            connection.execute(f"SELECT {compiled.sql} FROM (SELECT {columns or '1'}) WHERE false")
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise _refuse(text, first.rstrip("."), where) from error
