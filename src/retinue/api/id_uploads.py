"""Lists of customers' ids as they are uploaded: CSV, NDJSON, a JSON list, or Parquet, read piece by piece."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

import msgspec

from retinue.errors import RequestError

__all__ = ["KINDS", "MOST_IDS", "ids_in"]

KINDS: Mapping[str, str] = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
    "application/vnd.apache.parquet": "parquet",
}
"""Content-Type to the kind of list."""

MOST_IDS = 5_000_000
_LONGEST_LIST = 16 << 20  # bytes of a JSON list, which is read whole; NDJSON may be longer
_LONGEST_LINE = 64 * 1024
_LONGEST_ID = 200
_COLUMN = "customer_id"


def ids_in(upload: IO[bytes], kind: str) -> Iterator[str]:
    """The ids of an upload, in its order. kind: a value of KINDS.

    Raises RequestError (422) at the first one that is none, with its place; 413 for too long a JSON list.
    """
    reader = {"csv": _csv, "ndjson": _ndjson, "json": _json, "parquet": _parquet}[kind]
    many = 0
    for where, given in reader(upload):
        many += 1
        if many > MOST_IDS:
            raise _wrong(f"A list has at most {MOST_IDS:,} ids.", where)
        if not isinstance(given, str) or not 1 <= len(given) <= _LONGEST_ID or not _plain(given):
            raise _wrong(f"An id is 1 to {_LONGEST_ID} printable characters without spaces around it.", where)
        yield given
    if not many:
        raise _wrong("There is no id in the list.", "")


def _plain(text: str) -> bool:
    return text == text.strip() and text.isprintable()


def _csv(upload: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """By the column `customer_id`; of a file with one column that one, whose first line may be a name."""
    text = io.TextIOWrapper(upload, encoding="utf-8-sig", errors="replace", newline="")
    rows = csv.reader(_short_lines(text))
    place: int | None = None
    while True:
        try:
            cells = next(rows, None)
        except csv.Error:
            raise _wrong("This cannot be read as CSV.", f"line {rows.line_num}") from None
        if cells is None:
            return
        if place is None:
            names = [cell.strip() for cell in cells]
            if _COLUMN not in names and len(names) > 1:
                raise _wrong(f"The first line names no column {_COLUMN}.", "line 1")
            place = names.index(_COLUMN) if _COLUMN in names else 0
            if _COLUMN in names or not any(names):
                continue
        if not any(cells):
            continue
        if len(cells) <= place:
            raise _wrong("This line has too few fields.", f"line {rows.line_num}")
        yield f"line {rows.line_num}", cells[place].strip()


def _short_lines(text: IO[str]) -> Iterator[str]:
    """Lines, a longer one in pieces that are then found too long."""
    while line := text.readline(_LONGEST_LINE):
        yield line


def _ndjson(upload: IO[bytes]) -> Iterator[tuple[str, Any]]:
    number = 0
    while line := upload.readline(_LONGEST_LINE + 1):
        number += 1
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            raise _wrong("This is not JSON, or is too long.", f"line {number}") from None
        yield f"line {number}", given.get(_COLUMN) if isinstance(given, dict) else given


def _json(upload: IO[bytes]) -> Iterator[tuple[str, Any]]:
    body = upload.read(_LONGEST_LIST + 1)
    if len(body) > _LONGEST_LIST:
        raise RequestError(
            f"A JSON list is at most {_LONGEST_LIST:,} bytes.",
            status=413,
            fix="Send NDJSON (application/x-ndjson), CSV or Parquet.",
        )
    try:
        given = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # also for bytes that are no text
        raise _wrong("The body is not JSON.", "") from None
    if isinstance(given, dict):
        given = given.get("customer_ids")
    if not isinstance(given, list):
        raise _wrong("A JSON upload is a list of ids.", "")
    yield from ((f"/{place}", one) for place, one in enumerate(given))


def _parquet(upload: IO[bytes]) -> Iterator[tuple[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(upload)
        names = file.schema_arrow.names
        if _COLUMN not in names and len(names) != 1:
            raise _wrong(f"There is no column {_COLUMN}.", "")
        column = _COLUMN if _COLUMN in names else names[0]
        number = 0
        for batch in file.iter_batches(1_000, columns=[column]):
            for value in batch.column(0).to_pylist():
                number += 1
                yield f"row {number}", str(value) if type(value) is int else value
    except (pa.ArrowException, OSError):
        raise _wrong("This cannot be read as Parquet.", "") from None


def _wrong(what: str, where: str) -> RequestError:
    return RequestError(
        what,
        status=422,
        where=where,
        fix="Send ids: a column customer_id in CSV or Parquet, or one id a line.",
    )
