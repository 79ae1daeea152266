"""Sources of facts. In: files (or, by plugin, any other system). Out: raw rows for the declared tables.

>>> from retinue.sources import table_of
>>> table_of("transactions.csv.gz")
'transactions'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.sources.base import FileBacked, Source
    from retinue.sources.files import FilePart, FilesSource, table_of
    from retinue.sources.mapping import ColumnRule, FileSettings, Lookup

__all__ = [
    "ColumnRule",
    "FileBacked",
    "FilePart",
    "FileSettings",
    "FilesSource",
    "Lookup",
    "Source",
    "table_of",
]

_HOME = {
    "ColumnRule": "mapping",
    "FileBacked": "base",
    "FilePart": "files",
    "FileSettings": "mapping",
    "FilesSource": "files",
    "Lookup": "mapping",
    "Source": "base",
    "table_of": "files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
