"""The one JSON text of a value, and its hash."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

__all__ = ["canonical", "sha256_of"]


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted, no spaces, shortest floats that read back exactly.

    >>> canonical({"b": 0.1, "a": [1, None]})
    b'{"a":[1,null],"b":0.1}'
    """
    return msgspec.json.encode(value, order="deterministic")


def sha256_of(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()
