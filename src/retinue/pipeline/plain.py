"""Facts as JSON has them, so that what was just made and what is read back later are equal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

__all__ = ["plain"]


def plain(value: Any, *, missing: bool = True) -> Any:
    """The value made of dicts with string keys, lists, strings, numbers, booleans and None.

    Numpy scalars and arrays, dates, decimals, paths, enums and dataclasses are turned into these. JSON has
    no NaN and no infinity: they become None when `missing`, else the words ``"nan"``, ``"inf"``.

    Raises TypeError for anything else: its text could differ from one process to the next.

    >>> plain({1: (Decimal("1.5"), float("nan"))})
    {'1': [1.5, None]}
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, missing=missing)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        number = float(value)
        if math.isfinite(number):
            return number
        return None if missing else str(number)
    if isinstance(value, Mapping):
        return {_key(key): plain(inner, missing=missing) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, missing=missing) for inner in value]
    if isinstance(value, Set):
        return sorted((plain(inner, missing=missing) for inner in value), key=repr)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value), missing=missing)
    if hasattr(value, "tolist"):
        # A numpy scalar or array, without importing numpy to ask.
        return plain(value.tolist(), missing=missing)
    raise TypeError(f"a {type(value).__name__} is not JSON-ready")


def _key(key: Any) -> str:
    found = plain(key)
    if isinstance(found, bool) or found is None:
        return {True: "true", False: "false", None: "null"}[found]
    if isinstance(found, str | int | float):
        return str(found)
    raise TypeError(f"a {type(key).__name__} cannot be a key in JSON")
