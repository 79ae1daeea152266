"""Which version the store's tables are of, and bringing them to the one this program needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from retinue.errors import ArtefactError, UsageError
from retinue.store import STORE_VERSION
from retinue.store.engines import address_of, hold_writing, is_file, open_engine, reason_of, shown

__all__ = ["VERSION_TABLE", "StoreStatus", "migrate", "prepare", "status", "unusable", "version_of"]

VERSION_TABLE = "store_version"
"""Not Alembic's own name: a database may be shared with another program that uses Alembic."""

FILE_MARK = 4
"""`user_version` of a file whose version stands in a table; programs from before that refuse it."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Where the store is and of which version; `version` is None where there are no tables yet.

    state: current, older, newer, none (no tables yet), or unnumbered (made before versions were numbered).
    tls: whether a server is reached through TLS; None for a file.
    """

    place: str
    database: str
    version: str | None
    needed: str
    state: Literal["current", "older", "newer", "none", "unnumbered"]
    tls: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def version_of(connection: Connection) -> str | None:
    """The version of the tables; None where none is on record."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if found is None else str(found)


def prepare(engine: Engine) -> None:
    """Make the tables where there are none; bring a file up to date.

    Raises ArtefactError when they are newer, or older and not in a file.
    """
    with engine.connect() as connection:
        if version_of(connection) == STORE_VERSION:
            return
    with engine.connect() as connection:
        hold_writing(connection)
        found = _state(connection, version_of(connection))
        if found == "none":
            _create(connection)
        elif found != "current":
            _refuse(engine.url, connection, found)
            _bring(engine.url, connection, STORE_VERSION)
        connection.commit()


def status(place: Path | str) -> StoreStatus:
    """How the store stands; nothing is made or changed. Raises ArtefactError when it cannot be read."""
    url = address_of(place)
    if is_file(url) and not Path(str(url.database)).exists():
        return StoreStatus(shown(url), "sqlite", None, STORE_VERSION, "none")
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            version = version_of(connection)
            state = _state(connection, version)
            return StoreStatus(
                shown(url), connection.dialect.name, version, STORE_VERSION, state, _tls(connection)
            )
    except DatabaseError as error:
        raise unusable(url, error) from error
    finally:
        engine.dispose()


def _tls(connection: Connection) -> bool | None:
    if connection.dialect.name == "sqlite":
        return None
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.pgconn.ssl_in_use)


def migrate(place: Path | str, to: str = STORE_VERSION) -> tuple[str | None, str]:
    """Bring the tables to a version, up or down; the version before and the one after.

    All of it happens or nothing; other writers wait. A file is copied beside itself first.

    Raises UsageError when there is no such version, ArtefactError when the tables are those of a newer
    program, or the database refuses.
    """
    if not (to.isdigit() and "0001" <= to <= STORE_VERSION and len(to) == 4):
        raise UsageError(
            f"There is no version {to} of the store.",
            where="retinue store migrate",
            fix=f"Choose one from 0001 to {STORE_VERSION}.",
        )
    url = address_of(place)
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            hold_writing(connection)
            before = version_of(connection)
            found = _state(connection, before)
            if found == "newer" or (found == "unnumbered" and not is_file(url)):
                _refuse(url, connection, found)
            if before != to:
                _bring(url, connection, to)
            connection.commit()
            return before, to
    except DatabaseError as error:
        raise unusable(url, error) from error
    finally:
        engine.dispose()


def unusable(url: URL, error: DatabaseError) -> ArtefactError:
    """A database's refusal as an error of ours; it shows no password."""
    fix = (
        "Restore it from a backup; deleted, campaigns are numbered anew and a stop is forgotten."
        if is_file(url)
        else "See that the user of store.url may use and create tables in its schema."
    )
    return ArtefactError(
        "The store cannot be opened.", where=shown(url), fix=f"{fix} ({reason_of(error.orig)})"
    )


def _state(
    connection: Connection, version: str | None
) -> Literal["current", "older", "newer", "none", "unnumbered"]:
    if version is not None:
        if version == STORE_VERSION:
            return "current"
        return "older" if version.isdigit() and version < STORE_VERSION else "newer"
    on_file = connection.dialect.name == "sqlite"
    if on_file and int(connection.exec_driver_sql("PRAGMA user_version").scalar_one()) > FILE_MARK:
        return "newer"
    from retinue.store.base import declared

    ours = set(declared().metadata.tables)
    return "unnumbered" if ours & set(inspect(connection).get_table_names()) else "none"


def _refuse(url: URL, connection: Connection, found: str) -> None:
    """Raise where nothing may be changed."""
    if found == "newer":
        raise ArtefactError(
            "The store was written by a newer version of Retinue.",
            where=shown(url),
            fix="Upgrade Retinue, or point it at another workspace.",
        )
    if is_file(url):
        return
    if found == "unnumbered":
        raise ArtefactError(
            "The database has tables of the store's names, but not its version: they are another program's.",
            where=shown(url),
            fix="Give the store a database of its own, or a schema (add ?options=-csearch_path%3DNAME).",
        )
    raise ArtefactError(
        f"The store's tables are of version {version_of(connection)}; this Retinue needs {STORE_VERSION}.",
        where=shown(url),
        fix="Back the database up, end every Retinue of the older version, then: retinue store migrate",
    )


def _create(connection: Connection) -> None:
    from retinue.store.base import declared

    declared().metadata.create_all(connection)
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        if not inspect(connection).has_table(VERSION_TABLE)
        else f"DELETE FROM {VERSION_TABLE}"
    )
    connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES ('{STORE_VERSION}')")
    _mark(connection)


def _bring(url: URL, connection: Connection, to: str) -> None:
    from retinue.store.migrating import adopt, bring

    before = version_of(connection)
    if is_file(url) and url.database not in (None, "", ":memory:"):
        _copy(Path(str(url.database)), before or "unnumbered")
    try:
        if before is None and is_file(url) and _state(connection, None) == "unnumbered":
            adopt(connection)
        bring(connection, to)
    except DatabaseError as error:
        raise ArtefactError(
            f"The store's tables could not be brought to version {to}; they are as they were.",
            where=shown(url),
            fix=f"Mend what stood in the way, then: retinue store migrate ({reason_of(error.orig)})",
        ) from error
    _mark(connection)


def _mark(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {FILE_MARK}")


def _copy(path: Path, version: str) -> None:
    """Keep the file as it was; its writers wait meanwhile."""
    target = path.with_name(f"{path.name}.{version}.backup")
    target.unlink(missing_ok=True)
    target.touch(mode=path.stat().st_mode & 0o777)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
