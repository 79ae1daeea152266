"""Reads files that are not well-formed: what is whole is kept, what is broken is set aside with its place.

Slower than the engine's own reader, and used only when that one refuses the file.
"""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from retinue.errors import DataError
from retinue.sources.mapping import literal, quoted
from retinue.sources.sniff import Dialect, is_gzip, split_record

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BrokenRow", "read_csv_carefully", "read_ndjson_carefully"]

BATCH = 20_000
MAX_LINE = 16 * 1024 * 1024
"""Characters of one line; a longer one is set aside."""
MAX_OPEN_LINES = 1_000
"""Lines one quoted field may span before its quote counts as never closed."""
KEPT_OF_BROKEN = 2_000
"""Characters kept of each field of a broken row."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be split into its columns."""

    row: int
    line: int
    reason: str
    detail: str
    fields: tuple[str, ...]


class _Lines:
    """The lines of a text file, with the power to step back."""

    def __init__(self, handle: IO[str]) -> None:
        self._handle = handle
        self._back: list[str] = []
        self.number = 0

    def next(self) -> tuple[str, bool] | None:
        """The next line without its end, and whether it had to be cut; None at the end."""
        self.number += 1
        if self._back:
            return self._back.pop(), False
        line = self._handle.readline(MAX_LINE + 1)
        if not line:
            return None
        cut = len(line) > MAX_LINE and not line.endswith("\n")
        while cut:
            rest = self._handle.readline(MAX_LINE)
            if not rest or rest.endswith("\n"):
                break
        return (line[:KEPT_OF_BROKEN] if cut else line.removesuffix("\n")), cut

    def push(self, lines: list[str]) -> None:
        """Give lines back, to be read again."""
        self._back.extend(reversed(lines))
        self.number -= len(lines)


def _open_text(path: Path, encoding: str) -> IO[str]:
    raw: Any = gzip.open(path) if is_gzip(path) else path.open("rb")  # noqa: SIM115 - closed by its wrapper
    return io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline=None)


def _whole(text: str) -> bool:
    """Whether every byte could be decoded."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _csv_rows(lines: _Lines, dialect: Dialect, broken: list[BrokenRow]) -> Iterator[tuple[int, list[str]]]:
    width = len(dialect.names)
    row = -1 if dialect.header else 0
    while (got := lines.next()) is not None:
        text, cut = got
        if not text and width > 1:
            continue
        row += 1
        start = lines.number
        fields, state = ([], "cut") if cut else split_record(text, dialect.delimiter, dialect.quote)
        taken: list[str] = []
        while state == "open":
            more = lines.next()
            if more is None or len(taken) >= MAX_OPEN_LINES or more[1]:
                if more is not None:
                    taken.append(more[0])
                break
            taken.append(more[0])
            text = f"{text}\n{more[0]}"
            # only a line that holds a quote can close the field; re-splitting the others would be quadratic
            if dialect.quote in more[0]:
                fields, state = split_record(text, dialect.delimiter, dialect.quote)
        if row == 0 and dialect.header:
            if state != "ok":
                lines.push(taken)
            continue
        while len(fields) > width and not fields[-1].strip():
            fields.pop()
        if state == "open" or (state == "bad" and taken):
            lines.push(taken)
            first = text.split("\n", 1)[0]
            fields, _ = split_record(first, dialect.delimiter, dialect.quote)
            broken.append(
                _broken(row, start, "unterminated_quote", "a quote is opened and never closed", fields)
            )
        elif state == "cut":
            broken.append(_broken(row, start, "line_too_long", f"longer than {MAX_LINE} characters", [text]))
        elif state == "bad":
            broken.append(_broken(row, start, "bad_quote", "text follows a closed quote", fields))
        elif len(fields) != width:
            detail = f"{len(fields)} fields instead of {width}"
            broken.append(_broken(row, start, "ragged_row", detail, fields))
        elif not _whole(text):
            detail = f"bytes that are not {dialect.encoding}; set encoding if the whole file is in another"
            broken.append(_broken(row, start, "bad_encoding", detail, fields))
        else:
            yield row, fields


def _broken(row: int, line: int, reason: str, detail: str, fields: list[str]) -> BrokenRow:
    kept = tuple(f[:KEPT_OF_BROKEN].encode("utf-8", "backslashreplace").decode() for f in fields[:1_000])
    return BrokenRow(row, line, reason, f"line {line}: {detail}", kept)


def _spool(rows: Iterator[tuple[int, list[str]]], names: list[str], scratch: Path) -> Path:
    """Write rows to a temporary Parquet file, batch by batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("_row", pa.int64()), *((name, pa.string()) for name in names)])
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".parquet", delete=False) as handle:
        copy = Path(handle.name)

    def table(numbers: list[int], records: list[list[str]]) -> pa.Table:
        columns = list(zip(*records, strict=True)) if records else [()] * len(names)
        arrays = [pa.array(numbers, pa.int64()), *(pa.array(c, pa.string()) for c in columns)]
        return pa.Table.from_arrays(arrays, schema=schema)

    with pq.ParquetWriter(copy, schema, compression="zstd") as writer:
        numbers: list[int] = []
        records: list[list[str]] = []
        size = 0
        for row, fields in rows:
            numbers.append(row)
            records.append(fields)
            size += sum(map(len, fields))
            if len(numbers) >= BATCH or size > 2 * MAX_LINE:
                writer.write_table(table(numbers, records))
                numbers, records, size = [], [], 0
        writer.write_table(table(numbers, records))
    return copy


def _guarded(path: Path, write: Any) -> Any:
    try:
        return write()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"The file ends or breaks in the middle: {error}.", where=str(path), fix="Fetch it again."
        ) from error
    except UnicodeError as error:
        raise DataError(
            f"The file is not what its encoding says: {error}.", where=str(path), fix="Set encoding."
        ) from error


def read_csv_carefully(
    connection: Any, path: Path, dialect: Dialect, scratch: Path
) -> tuple[str, list[BrokenRow], Path]:
    """The whole rows as a relation, the broken ones, and the temporary copy to delete."""
    broken: list[BrokenRow] = []

    def write() -> Path:
        with _open_text(path, dialect.encoding) as handle:
            # an explicit byte order (utf-16-le) leaves the mark in the text
            return _spool(_csv_rows(_Lines(handle), dialect, broken), list(dialect.names), scratch)

    copy: Path = _guarded(path, write)
    columns = ", ".join(
        f"CASE WHEN {quoted(n)} <> '' THEN {quoted(n)} END AS {quoted(n)}" for n in dialect.names
    )
    return f"SELECT _row, {columns} FROM read_parquet({literal(str(copy))})", broken, copy


def _json_rows(lines: _Lines, broken: list[BrokenRow]) -> Iterator[tuple[int, list[str]]]:
    row = 0
    while (got := lines.next()) is not None:
        text, cut = got
        text = text.lstrip("\ufeff").strip()
        if not text:
            continue
        row += 1
        if cut:
            broken.append(
                _broken(row, lines.number, "line_too_long", f"longer than {MAX_LINE} characters", [text])
            )
            continue
        if not _whole(text):
            broken.append(_broken(row, lines.number, "bad_encoding", "bytes that are not UTF-8", [text]))
            continue
        try:
            value = json.loads(text)
        except RecursionError:
            broken.append(_broken(row, lines.number, "bad_json", "nested too deeply", [text]))
            continue
        except ValueError as error:
            broken.append(_broken(row, lines.number, "bad_json", str(error), [text]))
            continue
        if isinstance(value, dict) and _whole(json.dumps(value, ensure_ascii=False)):
            # written again, so that NaN, lone surrogates and repeated keys have one reading
            yield row, [json.dumps(value, ensure_ascii=False)]
        elif isinstance(value, dict):
            broken.append(_broken(row, lines.number, "bad_encoding", "half a character", [text]))
        else:
            broken.append(_broken(row, lines.number, "bad_json", "not an object", [text]))


def read_ndjson_carefully(connection: Any, path: Path, scratch: Path) -> tuple[str, list[BrokenRow], Path]:
    """As `read_csv_carefully`, for one JSON object a line."""
    broken: list[BrokenRow] = []

    def write() -> Path:
        with _open_text(path, "utf-8") as handle:
            return _spool(_json_rows(_Lines(handle), broken), ["_json"], scratch)

    copy: Path = _guarded(path, write)
    return f"SELECT _row, _json FROM read_parquet({literal(str(copy))})", broken, copy
