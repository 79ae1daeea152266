"""Long uploads: taken to disk as they come, judged line by line, answered line by line."""

from __future__ import annotations

import csv as csv_text
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from fastapi import Request
from pydantic import ValidationError

from retinue.api.schemas import OutcomeIn
from retinue.store import Store
from retinue.store.inbox import Kept, keep

__all__ = ["Intake", "Uploaded", "outcomes_in", "spooled", "take_upload", "why"]

_IN_MEMORY = 1 << 20
_LONGEST_LINE = 64 * 1024
_AT_ONCE = 500
_TRUE, _FALSE = ("true", "1", "yes", "y", "t"), ("false", "0", "no", "n", "f")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The answer to an upload: `last` is its line of counts."""

    file: IO[str]
    last: str

    def lines(self) -> Iterator[str]:
        """The answer in pieces; its file is closed at the end."""
        with self.file:
            while piece := self.file.read(_IN_MEMORY):
                yield piece


@dataclass(frozen=True, slots=True)
class Intake:
    """What is done with the records of an upload.

    judge: the row of a record, or why it cannot be used. keep: keeps rows in a transaction, one answer each.
    """

    judge: Callable[[Mapping[str, Any]], dict[str, Any] | str]
    keep: Callable[[Any, Sequence[dict[str, Any]]], Sequence[Kept]]


def outcomes_in(clock: Callable[[], datetime]) -> Intake:
    """Outcomes, for the inbox of the store."""

    def judge(given: Mapping[str, Any]) -> dict[str, Any] | str:
        one = _outcome(given, clock())
        return one if isinstance(one, str) else one.body()

    return Intake(judge, lambda session, rows: keep(session, rows, now=clock()))


async def spooled(request: Request) -> tuple[IO[bytes], str]:
    """The body as a file, on disk beyond a megabyte, and its SHA-256."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by whoever reads it
    digest = hashlib.sha256()
    try:
        async for piece in request.stream():
            digest.update(piece)
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, digest.hexdigest()


def take_upload(store: Store, upload: IO[bytes], *, csv: bool, intake: Intake) -> Uploaded:
    """Keep every line that can be used, 500 to a transaction; memory does not grow with the length."""
    answer = tempfile.SpooledTemporaryFile(mode="w+", max_size=_IN_MEMORY, encoding="utf-8")  # noqa: SIM115
    counts = {"accepted": 0, "unchanged": 0, "rejected": 0}
    batch: list[tuple[int, dict[str, Any]]] = []

    def tell(number: int, status: str, **more: Any) -> None:
        counts[status] += 1
        answer.write(json.dumps({"line": number, "status": status, **more}) + "\n")

    def write() -> None:
        if batch:
            with store.transaction() as session:
                kept = intake.keep(session, [body for _, body in batch])
            for (number, _), one in zip(batch, kept, strict=True):
                tell(number, "accepted" if one.fresh else "unchanged", outcome_id=one.outcome_id)
            batch.clear()

    for number, given in (_csv_rows if csv else _json_rows)(upload):
        one = given if isinstance(given, str) else intake.judge(given)
        if isinstance(one, str):
            write()  # so that the answer stays in the order of the lines
            tell(number, "rejected", reason=one)
            continue
        batch.append((number, one))
        if len(batch) == _AT_ONCE:
            write()
    write()
    last = json.dumps({"total": counts}) + "\n"
    answer.write(last)
    answer.seek(0)
    return Uploaded(answer, last)


def _outcome(given: Mapping[str, Any], now: datetime) -> OutcomeIn | str:
    """The outcome, or why it cannot be used."""
    try:
        one = OutcomeIn.model_validate(given)
    except ValidationError as error:
        return why(error)
    return "observed_at: lies in the future" if one.late(now) else one


def _json_rows(upload: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    number = 0
    while line := upload.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = upload.readline(_LONGEST_LINE)
            yield number, "longer than 64 kB"
            continue
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):  # or is nested too deeply
            yield number, "is not JSON"
            continue
        yield number, given if isinstance(given, dict) else "is no JSON object"


def _csv_rows(upload: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Rows by the names of the first line; empty cells are not stated."""
    text = io.TextIOWrapper(upload, encoding="utf-8-sig", errors="replace", newline="")
    rows = csv_text.reader(_short_lines(text), strict=False)
    names: list[str] = []
    while True:
        try:
            cells = next(rows, None)
        except csv_text.Error:
            yield rows.line_num, "cannot be read as CSV"
            continue
        if cells is None:
            return
        if not names:
            names = [name.strip() for name in cells]
        elif any(cells):
            if len(cells) != len(names):
                yield rows.line_num, f"has {len(cells)} fields where the first line has {len(names)}"
                continue
            given: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
            if "retained" in given:
                given["retained"] = _truth(given["retained"])
            yield rows.line_num, given


def _short_lines(text: IO[str]) -> Iterator[str]:
    """Lines, a longer one in pieces that the reader then finds wrong."""
    while line := text.readline(_LONGEST_LINE):
        yield line


def _truth(text: str) -> Any:
    plain = text.strip().lower()
    return True if plain in _TRUE else False if plain in _FALSE else text


def why(error: ValidationError) -> str:
    """The faults in words; never the value, which may be personal."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'line'}: {fault['msg']}"
        for fault in error.errors()
    )
