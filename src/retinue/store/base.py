"""One connection to the store: SQLite in the workspace by default, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import String, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session

from retinue.errors import RetinueError
from retinue.privacy.keys.kek import Kek
from retinue.store.engines import address_of, hold_writing, open_engine
from retinue.store.words import alike

__all__ = ["Base", "Store", "declared"]

_TABLES = (
    "accounts",
    "alerts",
    "api_keys",
    "audit",
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
    "inbox_events",
    "job_runs",
    "keysets",
    "policies",
    "prediction_jobs",
    "privacy_requests",
    "request_counts",
    "responses",
    "reviews",
    "rollout",
    "rules",
    "runs",
    "signing_keys",
    "stops",
    "subject_keys",
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
    state: the workspace's folder `.retinue`, where checkpoints of the audit trail are kept; the file's own by
        default. Without either there are no checkpoints of themselves.
    kek: the key that opens what is sealed in it; by default the key file of `state`. Read when first needed.
    clock: the present (aware UTC) as the audit trail states it.

    A file with older tables is brought up to date; older tables in PostgreSQL are refused with the command
    that migrates them.

    Raises ArtefactError when the tables are those of a newer version, or the store is damaged or cannot be
    made; StoreUnavailable, as every use of it does, when it does not answer or others write for too long.
    """

    def __init__(
        self,
        place: Path | str,
        *,
        state: Path | None = None,
        kek: Kek | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        from retinue.store.audit.checkpoints import Checkpoints
        from retinue.store.audit.coverage import watch
        from retinue.store.vault import Vault
        from retinue.store.versions import prepare, unusable

        url = address_of(place)
        declared()
        self.clock = clock
        file = url.database if url.get_backend_name() == "sqlite" else None
        folder = state or (Path(file).parent if file else None)
        self.checkpoints = Checkpoints(folder)
        self.vault = Vault(kek or Kek(state=folder))
        self.engine = open_engine(url)
        watch(self.engine)
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
        """A session whose changes are all kept, or none of them; no other writes meanwhile. What they put
        on record shares their fate.

        Raises AuditError, and keeps nothing, when the record cannot be written or is missing.
        """
        from retinue.store.audit.coverage import must_be_recorded, written
        from retinue.store.audit.record import PENDING, Head, Pending, append

        pending: Pending = []
        head: Head | None = None
        with Session(self.engine, info={PENDING: pending}) as session, session.begin():
            hold_writing(session)
            written(session)
            yield session
            session.flush()
            changed = written(session)
            if pending:
                head = append(session, pending, at=self.clock())
            elif changed:
                raise must_be_recorded(changed)
        if head is not None:
            self.checkpoints.reached(self, head, len(pending))

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
