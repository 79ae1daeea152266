"""The files of a run, against what the trail says of them: they are the evidence of each decision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from retinue.store.audit.reading import Row

__all__ = ["FINISHED", "hashes_of", "look_in"]

FINISHED = "run.finished"
"""The action whose detail names the files of a run and their hashes."""


def hashes_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files in a folder, by name."""
    return {name: _sha256(folder / name) for name in names}


def look_in(state: Path) -> Callable[[Row], str]:
    """A function that says what is not true of the files any more that a record names; empty for nothing.

    state: the `.retinue` folder.
    """

    def look(row: Row) -> str:
        if row[3] != FINISHED:
            return ""
        try:
            detail = json.loads(row[6])
            folder, files = state / "runs" / str(detail["campaign_id"]), dict(detail.get("files", {}))
        except (ValueError, KeyError, TypeError):
            return ""  # the record itself was changed, and is named for it
        wrong = []
        for name, sha256 in sorted(files.items()):
            if not (folder / name).is_file():
                wrong.append(f"{name} is gone")
            elif _sha256(folder / name) != sha256:
                wrong.append(f"{name} was changed")
        return f"Of the run of record {row[0]}, {' and '.join(wrong)} ({folder})." if wrong else ""

    return look


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
