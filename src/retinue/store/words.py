"""Columns of text that behave alike on both databases.

SQLite holds any length and orders by bytes, whatever a column says. PostgreSQL would refuse what is too long,
also after a message has gone out, and order by the server's language.
"""

from __future__ import annotations

from sqlalchemy import String, Text

__all__ = ["alike", "long_words", "words"]


def alike(given: String) -> String:
    """The same type, and on PostgreSQL one of any length that is ordered by bytes."""
    kind = Text if isinstance(given, Text) else String
    return given.with_variant(kind(collation="C"), "postgresql")


def words(length: int | None = None) -> String:
    """Text; the length says what is usual.

    >>> from sqlalchemy.dialects import postgresql, sqlite
    >>> words(64).compile(dialect=sqlite.dialect()), words(64).compile(dialect=postgresql.dialect())
    ('VARCHAR(64)', 'VARCHAR COLLATE "C"')
    """
    return alike(String(length))


def long_words() -> String:
    """Text that is usually long."""
    return alike(Text())
