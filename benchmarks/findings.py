"""What was measured, one JSON file per area: one can be measured again, and the page written from all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.areas import AREAS

__all__ = ["read", "save"]


def save(folder: Path, record: Mapping[str, Any]) -> Path:
    """Write the record of one area; the file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{record['area']}.json"
    fresh = target.with_suffix(".tmp")
    fresh.write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")
    return fresh.replace(target)


def read(folder: Path) -> list[dict[str, Any]]:
    """All records of a folder, in the order of the page."""
    files = ((name, folder / f"{name}.json") for name in AREAS)
    return [json.loads(file.read_text(encoding="utf-8")) for _, file in files if file.exists()]
