"""One connection to the store: SQLite in the workspace by default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session

from retinue.errors import ArtefactError
from retinue.store import STORE_VERSION

__all__ = ["Base", "Store"]


class Base(DeclarativeBase):
    """Parent of every stored record."""


class Store:
    """Transactional state of a workspace.

    Parameters
    ----------
    path: the SQLite file; created with its tables when it is not there.

    Raises ArtefactError when the file was written by a newer version, is damaged, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        # They declare their tables on Base.
        from retinue.store import (  # noqa: F401
            accounts,
            alerts,
            api_keys,
            campaigns,
            cancel_moments,
            consents,
            contacts,
            deliveries,
            fates,
            idempotency,
            inbox,
            job_runs,
            policies,
            request_counts,
            responses,
            reviews,
            rollout,
            rules,
            runs,
            stops,
            suppression,
            users,
        )

        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtefactError(
                "The store's folder cannot be made.",
                where=str(path.parent),
                fix=f"{error.strerror}: mend it.",
            ) from error
        self.engine: Engine = create_engine(URL.create("sqlite", database=str(path)))
        event.listen(self.engine, "connect", _durable)
        try:
            self._prepare(path)
        except DatabaseError as error:
            self.close()
            raise ArtefactError(
                "The store cannot be opened.",
                where=str(path),
                fix="Restore it from a backup; deleted, campaigns are numbered anew and a stop is forgotten."
                f" ({error.orig})",
            ) from error
        except ArtefactError:
            self.close()
            raise

    def _prepare(self, path: Path) -> None:
        with self.engine.connect() as connection:
            # Whoever comes second waits here and finds the tables made.
            connection.execute(text("BEGIN IMMEDIATE"))
            found = int(connection.execute(text("PRAGMA user_version")).scalar_one())
            if found > STORE_VERSION:
                connection.rollback()
                raise ArtefactError(
                    "The store was written by a newer version of Retinue.",
                    where=str(path),
                    fix="Upgrade Retinue, or point it at another workspace.",
                )
            Base.metadata.create_all(connection)
            if found != STORE_VERSION:
                connection.execute(text(f"PRAGMA user_version = {STORE_VERSION}"))
            connection.commit()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are all kept, or none of them."""
        with Session(self.engine) as session, session.begin():
            session.execute(text("BEGIN IMMEDIATE"))
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: it sees what was committed last, and waits for nobody."""
        with Session(self.engine) as session:
            yield session

    def check_writable(self) -> None:
        """Raise what a write would raise; nothing is changed."""
        with Session(self.engine) as session:
            session.execute(text("BEGIN IMMEDIATE"))
            # A write of the same value, undone: a lock alone is had of a file that cannot be written.
            session.execute(text(f"PRAGMA user_version = {STORE_VERSION}"))
            session.rollback()

    def close(self) -> None:
        """Release the file."""
        self.engine.dispose()


def _durable(connection: object, _: object) -> None:
    # SQLAlchemy's SQLite driver opens transactions lazily; a read followed by a write must hold the write
    # lock from its start, so transactions are opened explicitly (BEGIN IMMEDIATE above).
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    # First the patience: changing the journal mode already needs a lock.
    # A large campaign is started in one transaction of some seconds; nobody's answer may be lost meanwhile.
    cursor.execute("PRAGMA busy_timeout = 60000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
