"""What loading costs, as weights for its progress: of a file among others, and of each step of a file.

Measured on a simulated business of five million rows, in processor seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retinue.sources.files import FilePart
from retinue.sources.reading import format_of
from retinue.sources.sniff import is_gzip

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COMMIT", "COMPARE", "OPEN", "STAGE", "WHOLE", "of_item"]

OPEN, STAGE, COMPARE, COMMIT = 8, 45, 12, 35
WHOLE = OPEN + STAGE + COMPARE + COMMIT

_ANY_FILE = 2_000_000
"""What a file costs however small it is, in bytes of CSV."""
_PARQUET, _GZIP = 3, 12
"""How many bytes of CSV one byte of such a file stands for."""


def of_item(item: FilePart | str) -> float:
    """The weight of a file, in bytes of CSV; a table of a source without files counts as a small one."""
    if isinstance(item, str):
        return _ANY_FILE
    try:
        return _ANY_FILE + item.path.stat().st_size * _density(item.path, item.settings.format)
    except OSError:
        return _ANY_FILE  # loading it will say what is wrong


def _density(path: Path, stated: str | None) -> int:
    if (stated or format_of(path)) == "parquet":
        return _PARQUET
    return _GZIP if is_gzip(path) else 1
