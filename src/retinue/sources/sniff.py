"""How a text file was written: compression, encoding, delimiter, quote, header. Looks, changes nothing."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from retinue.errors import DataError

__all__ = ["Dialect", "is_gzip", "sample_of", "sniff_dialect", "sniff_encoding", "split_record"]

SAMPLE_BYTES = 256 * 1024
SAMPLE_RECORDS = 200
MAX_RECORD = 20_000
DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything needed to read a delimited file."""

    encoding: str
    delimiter: str
    quote: str
    header: bool
    names: tuple[str, ...]
    """Column names; a name that stands more than once in the header is numbered: `a_1`, `a_2`."""
    repeated: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    """What was taken for granted, in sentences."""
    whole_header: bool = True
    """False when the header opens a quote and never closes it: a fast reader would take the rows into it."""


def is_gzip(path: Path) -> bool:
    """By its first bytes, whatever its name."""
    with path.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def sample_of(path: Path, size: int = SAMPLE_BYTES) -> bytes:
    """The first bytes of a file, unpacked."""
    try:
        if is_gzip(path):
            with gzip.open(path) as handle:
                return handle.read(size)
        with path.open("rb") as plain:
            return plain.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"The file is not complete gzip: {error}.", where=str(path), fix="Fetch it again."
        ) from error


def sniff_encoding(sample: bytes) -> str:
    """The encoding of a sample: by its byte order mark, its zero bytes, or by what can be decoded.

    >>> sniff_encoding("é".encode("utf-16")), sniff_encoding("é".encode("cp1252")), sniff_encoding(b"a")
    ('utf-16', 'cp1252', 'utf-8')
    """
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = sample[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 8 and max(even, odd) > 0.3 * (len(head) / 2) and min(even, odd) < 0.05 * len(head):
        return "utf-16-be" if even > odd else "utf-16-le"
    try:
        # a sample of a longer file may end within a character
        codecs.getincrementaldecoder("utf-8")().decode(sample, len(sample) < SAMPLE_BYTES)
        return "utf-8"
    except UnicodeDecodeError:
        text = sample.decode("utf-8", "replace")
        foreign = text.count("\ufffd")
        if sum(not c.isascii() for c in text) - foreign >= foreign:
            # mostly UTF-8: the few rows that are not will be set aside
            return "utf-8"
        # these five bytes mean nothing in cp1252
        return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample) else "cp1252"


def split_record(text: str, delimiter: str, quote: str) -> tuple[list[str], str]:
    """The fields of one record and `ok`, `open` (a quote is not closed yet) or `bad` (text after a quote).

    >>> split_record('1,"a ""b"", c"', ",", '"')
    (['1', 'a "b", c'], 'ok')
    >>> split_record('1,"a', ",", '"')[1]
    'open'
    """
    if quote not in text:
        return text.split(delimiter), "ok"
    fields: list[str] = []
    position, state = 0, "ok"
    while True:
        if text.startswith(quote, position):
            end = position + 1
            while True:
                end = text.find(quote, end)
                if end < 0:
                    return [*fields, text[position + 1 :]], "open"
                if not text.startswith(quote, end + 1):
                    break
                end += 2
            fields.append(text[position + 1 : end].replace(quote * 2, quote))
            position = end + 1
            if position < len(text) and not text.startswith(delimiter, position):
                state = "bad"
                position = text.find(delimiter, position)
                if position < 0:
                    return fields, state
        else:
            end = text.find(delimiter, position)
            if end < 0:
                return [*fields, text[position:]], state
            fields.append(text[position:end])
            position = end
        if position >= len(text):
            return fields, state
        position += 1


def _records(text: str, delimiter: str, quote: str) -> list[list[str]]:
    out: list[list[str]] = []
    lines = text.splitlines()
    position = 0
    while position < len(lines) and len(out) < SAMPLE_RECORDS:
        record, after = lines[position], position + 1
        fields, state = split_record(record, delimiter, quote)
        while state == "open" and after < len(lines) and len(record) < MAX_RECORD:
            record, after = f"{record}\n{lines[after]}", after + 1
            fields, state = split_record(record, delimiter, quote)
        if state == "open" or (state == "bad" and after > position + 1):
            # the quote is never properly closed, so it opened nothing
            fields, after = split_record(lines[position], delimiter, quote)[0], position + 1
        if record:
            out.append(fields)
        position = after
    return out


def _delimiter(text: str, quote: str) -> str:
    """The sign that splits most records into the same number of fields, more than one."""
    best, best_score = ",", (0.0, 0)
    for candidate in DELIMITERS:
        widths = Counter(len(record) for record in _records(text, candidate, quote))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        if width < 2:
            continue
        score = (count / sum(widths.values()), width)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _is_value(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def _unique(raw: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names for the columns: empty ones by position, repeated ones (whatever their case) numbered."""
    cells = [cell.strip() or f"column_{i}" for i, cell in enumerate(raw, 1)]
    counts = Counter(cell.lower() for cell in cells)
    seen: Counter[str] = Counter()
    taken = {cell.lower() for cell in cells if counts[cell.lower()] == 1}
    names = []
    for cell in cells:
        name, lower = cell, cell.lower()
        if counts[lower] > 1:
            seen[lower] += 1
            name = f"{cell}_{seen[lower]}"
            while name.lower() in taken:
                seen[lower] += 1
                name = f"{cell}_{seen[lower]}"
            taken.add(name.lower())
        names.append(name)
    repeated = tuple(dict.fromkeys(cell for cell in cells if counts[cell.lower()] > 1))
    return tuple(names), repeated


def sniff_dialect(
    sample: bytes,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    names: tuple[str, ...] | None = None,
    expected: frozenset[str] = frozenset(),
) -> Dialect:
    """The dialect of a sample; what is given is not guessed.

    `expected` are the names a mapping hopes to find: a first row that holds one of them is a header.

    >>> sniff_dialect(b"id;amount\\n1;2,50\\n").names
    ('id', 'amount')
    >>> sniff_dialect(b"7,1997-01-01\\n8,1997-01-02\\n").header
    False
    """
    found = encoding or sniff_encoding(sample)
    assumed = []
    if encoding is None and found in ("cp1252", "latin-1"):
        assumed.append(f"the file is not UTF-8 and was read as {found}; set encoding if letters look wrong")
    text = codecs.getincrementaldecoder(found)(errors="replace").decode(sample).lstrip("\ufeff")
    if quote is None:
        single = re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r]|$)", text[:65536], re.MULTILINE)
        quote = "'" if len(single) > 2 and '"' not in text[:65536] else '"'
    delimiter = delimiter or _delimiter(text, quote)
    records = _records(text, delimiter, quote)
    first = records[0] if records else []
    if header is None:
        known = {e.lower() for e in expected} & {cell.strip().lower() for cell in first}
        header = names is None and (bool(known) or not any(_is_value(cell) for cell in first))
        if first and not header and names is None:
            assumed.append("the first row looks like data, so columns are called column_1, column_2, …")
    if names is not None:
        return Dialect(found, delimiter, quote, header, names, (), tuple(assumed))
    if header:
        unique, repeated = _unique(first)
        opening = next((line for line in text.splitlines() if line), "")
        fields, state = split_record(opening, delimiter, quote)
        whole = state == "ok" or first != fields
        return Dialect(found, delimiter, quote, True, unique, repeated, tuple(assumed), whole)
    width = Counter(len(r) for r in records).most_common(1)[0][0] if records else 0
    columns = tuple(f"column_{i}" for i in range(1, width + 1))
    return Dialect(found, delimiter, quote, False, columns, (), tuple(assumed))
