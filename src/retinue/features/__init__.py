"""Features: what a customer looks like at a moment, using only what was known then.

In: a warehouse and dates. Out: one row per customer and date, a float64 column per feature of the
`CATALOGUE`. Many dates cost little more than one (`build_snapshots`), and no feature can see a row that
happened or was learned later (`find_leaks` proves it, also for features of your own).

>>> from retinue.features import CATALOGUE, describe
>>> describe("login_count_30d").label
'logins in the last 30 days'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.features.base import Feature
    from retinue.features.catalogue import CATALOGUE
    from retinue.features.guide import describe, listing, reference
    from retinue.features.leakage import Leak, find_leaks
    from retinue.features.sequences import build_sequences, read_sequences
    from retinue.features.snapshots import Snapshots, build_snapshots, read_frame, read_parts
    from retinue.features.static import StaticData, read_static

__all__ = [
    "CATALOGUE",
    "Feature",
    "Leak",
    "Snapshots",
    "StaticData",
    "build_sequences",
    "build_snapshots",
    "describe",
    "find_leaks",
    "listing",
    "read_frame",
    "read_parts",
    "read_sequences",
    "read_static",
    "reference",
]

_HOME = {
    "CATALOGUE": "catalogue",
    "Feature": "base",
    "Leak": "leakage",
    "Snapshots": "snapshots",
    "StaticData": "static",
    "build_sequences": "sequences",
    "build_snapshots": "snapshots",
    "describe": "guide",
    "find_leaks": "leakage",
    "listing": "guide",
    "read_frame": "snapshots",
    "read_parts": "snapshots",
    "read_sequences": "sequences",
    "read_static": "static",
    "reference": "guide",
}


def __getattr__(name: str) -> Any:
    # Importing the stage must not import ibis and pandas: the command line names it before it needs them.
    if name in _HOME:
        return getattr(import_module(f"retinue.features.{_HOME[name]}"), name)
    raise AttributeError(f"module 'retinue.features' has no attribute {name!r}")
