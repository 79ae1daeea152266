"""Ingest: from raw rows of any source to sound facts in the warehouse, every row accounted for.

In: the sources of `retinue.toml`, or a folder shaped as our tables. Out: rows in the warehouse, rejected
rows in quarantine, and a `LoadReport` that says how many went where, why, and what was taken for granted.

>>> from retinue.ingest import FileReport
>>> FileReport("shop", "events", "e.csv", read=1, loaded=1).quarantined
0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.ingest import quarantine
    from retinue.ingest.loading import configured_sources, load, load_sources
    from retinue.ingest.report import FileReport, LoadReport
    from retinue.ingest.suggesting import suggest

__all__ = [
    "FileReport",
    "LoadReport",
    "configured_sources",
    "load",
    "load_sources",
    "quarantine",
    "suggest",
]

_HOME = {
    "FileReport": "report",
    "LoadReport": "report",
    "configured_sources": "loading",
    "load": "loading",
    "load_sources": "loading",
    "suggest": "suggesting",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "quarantine":
        return import_module(f"{__name__}.quarantine")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
