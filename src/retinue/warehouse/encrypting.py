"""Brings an existing warehouse into an encrypted file, or back.

All of it goes into a new file, which then takes the place of the old one. Killed at any moment, one of them
is there and whole.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.errors import ArtefactError, DataError, StateError
from retinue.privacy.keys import FileKey, Kek
from retinue.warehouse.engines.duckdb import MEMORY_LIMIT
from retinue.warehouse.engines.duckdb_encryption import attach, is_encrypted, load_extension

if TYPE_CHECKING:
    from retinue.settings import Settings

__all__ = ["decrypt", "encrypt"]


def encrypt(settings: Settings) -> dict[str, int]:
    """Encrypt the warehouse; how many rows each table has. The plain file is gone afterwards, though its
    bytes may stay on the disk.

    Raises StateError when it is encrypted already or there is none, DataError when another process holds it
    or the disk is full, PluginError without the extra `encrypted`.
    """
    path = _there(settings, encrypted=False)
    key = FileKey(path, Kek.from_settings(settings))
    found = _copied(settings, path, None, key.make())
    faults.point("warehouse.copied_sealed")
    _swap(path)
    return found


def decrypt(settings: Settings) -> dict[str, int]:
    """Bring the warehouse back into a plain file; otherwise as `encrypt`."""
    path = _there(settings, encrypted=True)
    key = FileKey(path, Kek.from_settings(settings))
    found = _copied(settings, path, key.read(), None)
    faults.point("warehouse.copied_plain")
    _swap(path)
    key.remove()
    return found


def _there(settings: Settings, *, encrypted: bool) -> Path:
    path = settings.warehouse_path
    if settings.warehouse.engine != "duckdb":
        raise StateError(
            f"The engine {settings.warehouse.engine} keeps its data elsewhere.",
            where="warehouse.engine",
            fix="Encrypt it by the means of that database.",
        )
    state = is_encrypted(path) if path.exists() else None
    if not path.exists():
        raise StateError(
            "There is no warehouse yet.",
            where=str(path),
            fix="Set warehouse.encrypt as it is to be, and load.",
        )
    if state is None:
        raise DataError(
            "The warehouse cannot be opened.",
            where=str(path),
            fix="End the process that holds it; if there is none it is damaged: restore it from a backup.",
        )
    if state is not encrypted:
        raise StateError(
            f"The warehouse is {'not ' if encrypted else ''}encrypted{'' if encrypted else ' already'}.",
            where=str(path),
            fix=f"Set warehouse.encrypt = {'false' if encrypted else 'true'}.",
        )
    return path


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _copied(settings: Settings, path: Path, old: str | None, new: str | None) -> dict[str, int]:
    """Copy every table into the new file, and count both."""
    import duckdb

    fresh = _fresh(path)
    for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        left.unlink(missing_ok=True)
    if shutil.disk_usage(path.parent).free < path.stat().st_size * 1.1:
        raise DataError(
            "There is no room for a second copy of the warehouse.",
            where=str(path.parent),
            fix=f"Free {path.stat().st_size * 1.1 / 1e9:.1f} GB.",
        )
    limit = settings.warehouse.memory_limit or MEMORY_LIMIT
    with duckdb.connect(config={"memory_limit": limit, "temp_directory": str(settings.spill)}) as connection:
        load_extension(connection)
        try:
            _attach(connection, path, old, "old")
            _attach(connection, fresh, new, "new")
            connection.execute("COPY FROM DATABASE old TO new")
            before, after = _counts(connection, "old"), _counts(connection, "new")
            for name in ("new", "old"):  # into the files, so that neither needs a log beside it
                connection.execute(f"CHECKPOINT {name}")
            connection.execute("DETACH new")
            connection.execute("DETACH old")
        except duckdb.Error as error:
            fresh.unlink(missing_ok=True)
            raise DataError(
                "The warehouse cannot be copied.",
                where=str(path),
                fix=f"It is as it was. ({str(error).splitlines()[0]})",
            ) from error
    if before != after:
        raise ArtefactError("The copy of the warehouse is not whole.", where=str(fresh), fix="Do it again.")
    return after


def _attach(connection: Any, path: Path, key: str | None, name: str) -> None:
    if key is not None:
        attach(connection, path, key, name)
    else:
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS {name}")


def _counts(connection: Any, name: str) -> dict[str, int]:
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY 1", [name]
    ).fetchall()
    return {
        table: int(connection.execute(f'SELECT count(*) FROM {name}."{table}"').fetchone()[0])
        for (table,) in tables
    }


def _swap(path: Path) -> None:
    """The new file in place of the old one, on disk."""
    fresh = _fresh(path)
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
