"""Runs migrations, and takes in files that were made before versions were numbered."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text

from retinue.errors import ArtefactError
from retinue.store.versions import VERSION_TABLE, version_of

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["adopt", "bring", "configured"]

_FIRST = "0001"

_FILLED = {
    # What was being sent then may still be under way.
    ("deliveries", "over"): "state <> 'sending'",
    # As if none came from the warehouse: they are copied again, and those that are known change nothing.
    ("consent_words", "copied"): "0",
}
"""What rows from before a column get in it."""

_DROPPED = {("runs", "folder")}
"""Columns of old files that nothing reads any more."""


def configured(connection: Connection) -> Config:
    """Alembic on a connection, with the migrations that come with the program."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("retinue.store").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def bring(connection: Connection, to: str) -> None:
    """Bring the tables up or down to a version, in the caller's transaction. to: a version, or `base`."""
    from alembic import command

    config, before = configured(connection), version_of(connection)
    if to == "base" or (before is not None and to < before):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def adopt(connection: Connection) -> None:
    """Bring a file without a number to the first version, and number it, in the caller's transaction.

    Raises ArtefactError when it has columns that no known version had, or lacks some.
    """
    wanted = _first_version()
    present = _objects(connection)
    for (kind, name), (table, sql) in wanted.items():
        if kind != "table":
            continue
        if (kind, name) not in present:
            connection.exec_driver_sql(sql)
        else:
            _align(connection, table, sql)
    for (kind, name), (_, sql) in wanted.items():
        if kind != "table" and (kind, name) not in _objects(connection):
            connection.exec_driver_sql(sql)
    connection.exec_driver_sql(
        f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:first)"), {"first": _FIRST})


def _first_version() -> dict[tuple[str, str], tuple[str, str]]:
    """What a file of the first version consists of: kind and name to table and statement."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as scratch:
            bring(scratch, _FIRST)
            return {key: value for key, value in _objects(scratch).items() if value[0] != VERSION_TABLE}
    finally:
        engine.dispose()


def _objects(connection: Connection) -> dict[tuple[str, str], tuple[str, str]]:
    found = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC, name"
    )
    return {(kind, name): (table, sql) for kind, name, table, sql in found}


def _columns(connection: Connection, table: str) -> dict[str, bool]:
    """Columns, and whether each must have a value."""
    rows = connection.exec_driver_sql(f'PRAGMA table_info("{table}")')
    return {row[1]: bool(row[3]) for row in rows}


def _align(connection: Connection, table: str, sql: str) -> None:
    """Give a table the columns of the first version, its rows kept."""
    before = _columns(connection, table)
    connection.exec_driver_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_before"')
    connection.exec_driver_sql(sql)
    after = _columns(connection, table)
    unknown = [name for name in before if name not in after and (table, name) not in _DROPPED]
    lacking = [
        name for name, must in after.items() if name not in before and must and (table, name) not in _FILLED
    ]
    if unknown or lacking:
        raise ArtefactError(
            "The store was made by a version of Retinue that cannot be brought up to date.",
            where=f"table {table}, column {', '.join(unknown + lacking)}",
            fix="Move store.sqlite away (it stays readable) and run again, or ask with this message.",
        )
    names = [name for name in after if name in before]
    values = [f'"{name}"' for name in names]
    for name in after:
        if (table, name) in _FILLED and name not in before:
            names.append(name)
            values.append(_FILLED[table, name])
    into = ", ".join(f'"{name}"' for name in names)
    connection.exec_driver_sql(
        f'INSERT INTO "{table}" ({into}) SELECT {", ".join(values)} FROM "{table}_before" ORDER BY rowid'
    )
    connection.exec_driver_sql(f'DROP TABLE "{table}_before"')
