"""One connection to the store: SQLite in the workspace by default, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import String, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session

from retinue.errors import RetinueError
from retinue.store.engines import address_of, hold_writing, open_engine
from retinue.store.words import alike

__all__ = ["Base", "Store", "declared"]

_TABLES = (
    "accounts",
    "alerts",
    "api_keys",
    "campaigns",
    "cancel_moments",
    "clients",
    "consents",
    "contacts",
    "deliveries",
    "fates",
    "grants",
    "idempotency",
    "inbox",
    "job_runs",
    "policies",
    "request_counts",
    "responses",
    "reviews",
    "rollout",
    "rules",
    "runs",
    "signing_keys",
    "stops",
    "suppression",
    "users",
)
"""The modules that declare a table on Base."""


class Base(DeclarativeBase):
    """Parent of every stored record.

    Its columns of text are alike on both databases (`retinue.store.words`).
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "__table__"):
            for column in cls.__table__.columns:
                if isinstance(column.type, String):
                    column.type = alike(column.type)


def declared() -> type[Base]:
    """Base with every table declared on it."""
    for name in _TABLES:
        import_module(f"retinue.store.{name}")
    return Base


class Store:
    """Transactional state of a workspace.

    Parameters
    ----------
    place: a file of SQLite, or the URL of a PostgreSQL database; the tables are made when there are none.

    A file with older tables is brought up to date; older tables in PostgreSQL are refused with the command
    that migrates them.

    Raises ArtefactError when the tables are those of a newer version, or the store is damaged or cannot be
    made; StoreUnavailable, as every use of it does, when it does not answer or others write for too long.
    """

    def __init__(self, place: Path | str) -> None:
        from retinue.store.versions import prepare, unusable

        url = address_of(place)
        declared()
        self.engine = open_engine(url)
        try:
            prepare(self.engine)
        except DatabaseError as error:
            self.close()
            raise unusable(url, error) from error
        except RetinueError:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are all kept, or none of them; no other writes meanwhile."""
        with Session(self.engine) as session, session.begin():
            hold_writing(session)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: it sees what was committed last, and waits for nobody."""
        with Session(self.engine) as session:
            yield session

    def check_writable(self) -> None:
        """Raise what a write would raise; nothing is changed."""
        from retinue.store.versions import VERSION_TABLE

        with Session(self.engine) as session:
            hold_writing(session)
            # A write of the same value, undone: a lock alone is had of a file that cannot be written.
            session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = version_num"))
            session.rollback()

    def close(self) -> None:
        """Release the file, or the connections."""
        self.engine.dispose()
