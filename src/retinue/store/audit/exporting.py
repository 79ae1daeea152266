"""The trail as one file, with all that is needed to verify it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.errors import DataError
from retinue.store.audit.checkpoints import Checkpoint, Line, read_checkpoints
from retinue.store.audit.reading import Row, pages
from retinue.store.audit.verify import Verdict, verify_pages

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["export", "verify_export"]

FORMAT = "retinue audit 1"
NAMES = ("number", "at", "actor", "action", "kind", "object", "detail", "previous", "hash")


def export(store: Store, path: Path) -> dict[str, Any]:
    """Write every record and checkpoint as lines of JSON; how many.

    The first line names the format and the public key; `detail` is text, as it was hashed.
    """
    lines = read_checkpoints(store.checkpoints.path)
    records = 0
    with path.open("wb") as file:
        head = {"format": FORMAT, "key": store.checkpoints.public_key()}
        file.write(msgspec.json.encode(head) + b"\n")
        for page in pages(store):
            for row in page:
                file.write(msgspec.json.encode(dict(zip(NAMES, row, strict=True))) + b"\n")
            records += len(page)
        for line in lines:
            if line.checkpoint is not None:
                file.write(msgspec.json.encode({"checkpoint": line.checkpoint, "line": line.sha256}) + b"\n")
    return {"file": str(path), "records": records, "checkpoints": len(lines), "key": head["key"]}


def verify_export(path: Path, *, key: str | None = None) -> Verdict:
    """Verify an export without the workspace it comes from.

    key: the public key that must have signed the checkpoints; None believes the one that the file names.
    Raises DataError when the file is no export.
    """
    rows: list[Row] = []
    lines: list[Line] = []
    try:
        with path.open("rb") as file:
            head = msgspec.json.decode(next(file))
            if head["format"] != FORMAT:
                raise ValueError
            for line in file:
                found = msgspec.json.decode(line)
                if "checkpoint" in found:
                    mark = msgspec.convert(found["checkpoint"], Checkpoint)
                    lines.append(Line(len(lines) + 1, mark, found["line"]))
                else:
                    rows.append(tuple(found[name] for name in NAMES))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, msgspec.ValidationError) as error:
        raise DataError(
            "This is no export of an audit trail.",
            where=str(path),
            fix="Make one: retinue audit export FILE",
        ) from error
    return verify_pages(_in_pages(rows), [lines], key=key or head["key"])


def _in_pages(rows: list[Row], size: int = 20_000) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
