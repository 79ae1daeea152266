"""Conformance checks for whoever writes an adapter; each raises AssertionError that says what is missing.

>>> from retinue.testing import check_engine
>>> from retinue.warehouse.engines.duckdb import DuckDBEngine
>>> check_engine(DuckDBEngine)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.testing.callbacks import CallbackMaker, SignedCallback
    from retinue.testing.channels import check_channel
    from retinue.testing.engines import arrow_rows, check_engine
    from retinue.testing.sources import check_source

__all__ = [
    "CallbackMaker",
    "SignedCallback",
    "arrow_rows",
    "check_channel",
    "check_engine",
    "check_source",
]

_HOME = {
    "CallbackMaker": "callbacks",
    "SignedCallback": "callbacks",
    "arrow_rows": "engines",
    "check_channel": "channels",
    "check_engine": "engines",
    "check_source": "sources",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
