"""Tables that are only ever added to: the database itself refuses to change or delete a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import DDL, event, text
from sqlalchemy.orm import Session

__all__ = ["ALL", "only_added", "protection", "unprotected", "without_protection"]


ALL = ("UPDATE", "DELETE", "TRUNCATE")
"""What a history refuses; SQLite has no TRUNCATE."""


_DECLARED: dict[str, tuple[str, Sequence[str]]] = {}


def only_added(table: Any, said: str, changes: Sequence[str] = ALL) -> None:
    """Have a table made with its triggers. said: what a person reads who tries to change a row."""
    _DECLARED[table.name] = said, changes
    for dialect in ("sqlite", "postgresql"):
        for statement in protection(table.name, said, dialect, changes):
            made = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made.execute_if(dialect=dialect))


@contextmanager
def unprotected(session: Session, table: str) -> Iterator[None]:
    """A table whose rows may be deleted within this, in the caller's transaction and by it alone.

    For what the law asks to be erased, and what is kept for so long only.
    """
    dialect, (said, changes) = session.get_bind().dialect.name, _DECLARED[table]
    for statement in without_protection(table, dialect, changes):
        session.execute(text(statement))
    yield
    session.flush()
    for statement in protection(table, said, dialect, changes):
        session.execute(text(statement))


def protection(table: str, said: str, dialect: str, changes: Sequence[str] = ALL) -> list[str]:
    """The statements that protect a table.

    >>> len(protection("switches", "only ever added to", "sqlite"))
    2
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for change in changes
            if change != "TRUNCATE"
        ]
    refuse = (
        f"CREATE FUNCTION {table}_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING MESSAGE = '{said}', ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    return [refuse] + [
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"FOR EACH {'STATEMENT' if change == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION {table}_only_added()"
        for change in changes
    ]


def without_protection(table: str, dialect: str, changes: Sequence[str] = ALL) -> list[str]:
    """The statements that take it away, before a migration changes the table's rows or drops it."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER {table}_no_{change.lower()}" for change in changes if change != "TRUNCATE"]
    return [
        *(f"DROP TRIGGER {table}_no_{change.lower()} ON {table}" for change in changes),
        f"DROP FUNCTION {table}_only_added()",
    ]
