"""The files of a run, against what the trail says of them: they are the evidence of each decision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.store.audit.reading import Row

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["FINISHED", "REWRITTEN", "hashes_of", "look_at", "look_in"]

FINISHED = "run.finished"
"""The action whose detail names the files of a run and their hashes."""


REWRITTEN = "run.rewritten"
"""The action whose detail names files of a run that were written anew (a customer was taken out) and their
hashes, or that are gone on purpose (null)."""


def look_at(store: Store, state: Path) -> Callable[[Row], str]:
    """What `look_in` gives, for the trail of a store: it knows which files were written anew since."""
    return look_in(state, _rewritten(store))


def _rewritten(store: Store) -> dict[str, dict[str, str | None]]:
    """Campaign to the hashes of its files as they were written anew last."""
    from retinue.store.audit.reading import search

    found: dict[str, dict[str, str | None]] = {}
    for record in reversed(search(store, action=REWRITTEN, limit=1_000_000)):
        found.setdefault(record.object_id, {}).update(json.loads(record.detail)["files"])
    return found


def hashes_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files in a folder, by name."""
    return {name: _sha256(folder / name) for name in names}


def look_in(state: Path, later: Mapping[str, Mapping[str, str | None]] | None = None) -> Callable[[Row], str]:
    """A function that says what is not true of the files any more that a record names; empty for nothing.

    state: the `.retinue` folder. later: campaign to the
    hashes of its files that later records name.
    """

    def look(row: Row) -> str:
        if row[3] != FINISHED:
            return ""
        try:
            detail = json.loads(row[6])
            folder, files = state / "runs" / str(detail["campaign_id"]), dict(detail.get("files", {}))
        except (ValueError, KeyError, TypeError):
            return ""  # the record itself was changed, and is named for it
        newer = (later or {}).get(folder.name, {})
        wrong = []
        for name, sha256 in sorted(files.items()):
            sha256 = newer.get(name, sha256)
            if sha256 is None:
                continue  # gone on purpose, as a later record says
            if not (folder / name).is_file():
                wrong.append(f"{name} is gone")
            elif _sha256(folder / name) != sha256:
                wrong.append(f"{name} was changed")
        return f"Of the run of record {row[0]}, {' and '.join(wrong)} ({folder})." if wrong else ""

    return look


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
