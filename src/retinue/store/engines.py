"""Connections to the two databases that can hold the store, set up so that they behave alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from retinue.errors import ArtefactError, PluginError, SettingsError, StoreUnavailable

__all__ = ["address_of", "hold_writing", "is_file", "open_engine", "reason_of", "shown"]

PATIENCE_SECONDS = 60
"""How long a writer waits for the one before it: a large campaign is started in one transaction of some
seconds, and nobody's answer may be lost meanwhile."""

IDLE_SECONDS = 30
"""PostgreSQL ends the transaction of a writer that says nothing for so long, and with it its lock."""

_WRITERS = 0x52455449  # of this program; the second half of the lock's name is the schema's

_FIX = 'Write store.url as "postgresql://user:password@host:5432/database", or leave it out for a file.'


def address_of(place: Path | str) -> URL:
    """Where the store is: a file, or a database's URL. Raises SettingsError when it is neither.

    >>> address_of(Path("store.sqlite")).get_backend_name()
    'sqlite'
    >>> address_of("postgres://ada@db.example.com/retinue").drivername
    'postgresql+psycopg'
    """
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        # The URL may hold a password: it is not shown.
        raise SettingsError("The store's URL cannot be read.", where="store.url", fix=_FIX) from None
    if url.drivername in ("postgresql", "postgresql+psycopg") and url.database:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and not url.query:
        return url
    raise SettingsError(f"The store cannot be kept in {url.drivername}.", where="store.url", fix=_FIX)


def is_file(url: URL) -> bool:
    """Whether the store is a file of SQLite."""
    return url.get_backend_name() == "sqlite"


def shown(url: URL) -> str:
    """The address as a person may read it: the file's path, or the URL without its password.

    >>> shown(address_of("postgresql://ada:secret@db.example.com/retinue"))
    'postgresql://ada@db.example.com/retinue'
    """
    if is_file(url):
        return str(url.database)
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return plain.render_as_string()


def open_engine(url: URL) -> Engine:
    """An engine, not connected yet; of a file, its folder is made.

    Raises ArtefactError when the folder cannot be made, PluginError when the driver is not installed.
    """
    if is_file(url):
        folder = Path(str(url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtefactError(
                "The store's folder cannot be made.",
                where=str(folder),
                fix=f"{error.strerror}: mend it.",
            ) from error
        engine = create_engine(url, **_POOL)
        event.listen(engine, "connect", _durable_file)
        event.listen(engine, "handle_error", _unavailable)
        return engine
    try:
        # Each statement sees what was committed before it; the writers' lock keeps that still for a writer.
        engine = create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, **_POOL)
    except ImportError as error:
        raise PluginError(
            "The driver for PostgreSQL is not installed.",
            where="store.url",
            fix="pip install 'retinue[postgres]'",
        ) from error
    event.listen(engine, "do_connect", _by_listening())
    event.listen(engine, "connect", _durable_server)
    event.listen(engine, "handle_error", _unavailable)
    return engine


class _Pool(QueuePool):
    """Connections for all threads of a process; whoever waits too long for one may ask again later."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except PoolTimeout as error:
            raise StoreUnavailable(
                "The store has no connection left for this process.",
                where="store.url",
                fix="Try again; if it lasts, run more processes of the service, or ask less at once.",
            ) from error


_POOL: dict[str, Any] = {"poolclass": _Pool, "pool_size": 5, "max_overflow": 35, "pool_timeout": 10}
"""As many connections as a service has threads, of which five stay open."""


def _by_listening() -> Callable[..., Any]:
    """Makes the connections of an engine, which notice that the server says nothing."""
    known: list[Any] = []

    def connect(_: object, __: object, places: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if not known:
            from retinue.store.silence import listening

            known.append(listening({name: value for name, value in named.items() if name != "context"}))
        return known[0].connect(*places, **named)

    return connect


def hold_writing(session: Session | Connection) -> None:
    """Begin as the only writer: whoever comes second waits until the transaction ends.

    What is read from here on cannot be changed by others before it is written.
    """
    connection = session.connection() if isinstance(session, Session) else session
    if connection.dialect.name == "sqlite":
        connection.execute(text("BEGIN IMMEDIATE"))
    else:
        schema = "hashtext(coalesce(current_schema(), ''))"  # two stores in one database wait for nobody
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS}, {schema})"))


def reason_of(error: BaseException | None) -> str:
    """A database's own words, without the statement and its values."""
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _unavailable(context: ExceptionContext) -> None:
    """What may be asked again later is told apart from what is wrong."""
    found = context.original_exception
    if context.is_pre_ping:
        return  # the pool connects anew
    if context.dialect.name == "sqlite":
        # The first byte of SQLite's codes: busy, locked.
        if getattr(found, "sqlite_errorcode", 0) & 0xFF in (5, 6):
            raise StoreUnavailable(
                "Others write to the store.",
                where="store.sqlite",
                fix=f"Try again; if it lasts, see which process holds it ({reason_of(found)}).",
            ) from found
    elif context.is_disconnect or isinstance(context.sqlalchemy_exception, OperationalError):
        raise StoreUnavailable(
            "The store does not answer.",
            where="store.url",
            fix="See that the server runs, and that store.url names a user and a database that exist; then "
            f"try again ({reason_of(found)}).",
        ) from found


def _durable_file(connection: object, _: object) -> None:
    # SQLAlchemy's SQLite driver opens transactions lazily; a read followed by a write must hold the write
    # lock from its start, so transactions are opened explicitly (BEGIN IMMEDIATE above).
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    # First the patience: changing the journal mode already needs a lock.
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    # What is deleted is overwritten: an erased key must not be found in a free page.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _durable_server(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
    # A writer that was paused or whose machine vanished holds the lock no longer than this.
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    # What was committed is on disk, also where the server is set to be quicker than that.
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()  # type: ignore[attr-defined]
