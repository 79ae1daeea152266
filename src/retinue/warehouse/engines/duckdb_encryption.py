"""DuckDB's own encryption of a database file: AES-256-GCM, by the OpenSSL of its extension httpfs.

The extension comes as a package and is loaded from it, so that nothing is fetched. What DuckDB can encrypt
with by itself is not safe by its own word, and never used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retinue.errors import PluginError

__all__ = ["NAME", "attach", "is_encrypted", "load_extension"]

NAME = "warehouse"
"""What an encrypted database is called within its connection."""

_MAGIC = b"DUCK"


def load_extension(connection: Any) -> None:
    """Make a connection able to encrypt, its files of spilled data too.

    Raises PluginError when the package is not installed, or belongs to another version of DuckDB.
    """
    import duckdb

    try:
        import duckdb_extension_httpfs as package
    except ImportError as error:
        raise PluginError(
            "What encrypts the warehouse is not installed.",
            where="warehouse.encrypt",
            fix="pip install 'retinue[encrypted]'",
        ) from error
    folder = Path(str(package.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    file = folder / "httpfs.duckdb_extension"
    if not file.exists():
        raise PluginError(
            f"The package duckdb-extension-httpfs is not for DuckDB {duckdb.__version__}.",
            where=str(folder),
            fix=f"pip install 'duckdb-extension-httpfs=={duckdb.__version__}'",
        )
    connection.execute(f"LOAD {_quoted(str(file))}")
    connection.execute("SET temp_file_encryption = true")


def attach(connection: Any, path: Path, key: str, name: str = NAME) -> None:
    """Attach an encrypted database, made if there is none. key: hexadecimal, so that no quote is in it."""
    bytes.fromhex(key)
    options = f"ENCRYPTION_KEY '{key}', ENCRYPTION_CIPHER 'GCM'"
    connection.execute(f'ATTACH {_quoted(str(path))} AS "{name}" ({options})')


def is_encrypted(path: Path) -> bool | None:
    """Whether a database file is encrypted; None where there is none, or it is no database."""
    import duckdb

    try:
        with path.open("rb") as handle:
            if handle.read(12)[8:] != _MAGIC:
                return None
    except OSError:
        return None
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        return "encrypted" in str(error) or None
    return False


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
