"""Makes the rows of one file available to a DuckDB connection, each with its number.

A well-formed file is read by DuckDB in place. A file that is not (ragged rows, unclosed quotes, foreign
bytes, broken JSON) is read again by the careful reader in `retinue.sources.careful`, which sets each bad row
aside and keeps all others. Either way memory stays bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError
from retinue.sources.mapping import FileSettings, literal, quoted
from retinue.sources.sniff import is_gzip, sample_of, sniff_dialect

if TYPE_CHECKING:
    from retinue.sources.careful import BrokenRow

__all__ = ["ROW", "Reading", "format_of", "iterate", "open_file", "pointer"]

ROW = "_row"
"""The number of a row in its file, the first row of data being 1."""

MAX_KEYS = 10_000
_JSON_COLUMN = "_json"


@dataclass(slots=True)
class Reading:
    """The rows of one file as an SQL relation.

    `relation` selects `_row` and the file's columns; `types` gives the SQL type of each column.
    """

    relation: str
    types: dict[str, str]
    scan: str | None = None
    """The same rows without `_row`, where the engine keeps their order; it can be read in parallel."""
    broken: list[BrokenRow] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    temporary: list[Path] = field(default_factory=list)

    def raw_object(self, hide: frozenset[str] = frozenset()) -> str:
        """SQL of a row as JSON text; the columns to hide go through the function `tokenise`."""
        pairs = []
        for name, kind in self.types.items():
            value = quoted(name) if kind == "VARCHAR" else f"CAST({quoted(name)} AS VARCHAR)"
            pairs.append(f"{literal(name)}, {f'tokenise({value})' if name in hide else value}")
        return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)" if pairs else "'{}'"


def open_file(
    connection: Any, path: Path, settings: FileSettings, *, expected: frozenset[str], scratch: Path
) -> Reading:
    """Open one file for reading through `connection`.

    Parameters
    ----------
    expected: names the mapping hopes to find, to recognise a header and the keys of NDJSON.
    scratch: a folder for temporary copies.

    Raises DataError when the file cannot be read at all.
    """
    kind = settings.format or format_of(path)
    try:
        if kind == "parquet":
            return _open_parquet(connection, path)
        if kind == "ndjson":
            return _open_ndjson(connection, path, expected, scratch)
        return _open_csv(connection, path, settings, expected, scratch)
    except OSError as error:
        raise DataError(
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            fix="Check it and its rights.",
        ) from error


def format_of(path: Path) -> str:
    """csv, parquet or ndjson, by the file's name; DataError for any other.

    >>> format_of(Path("events.ndjson.gz"))
    'ndjson'
    """
    suffixes = [s.lower() for s in path.suffixes]
    last = (
        suffixes[-2] if suffixes and suffixes[-1] == ".gz" and len(suffixes) > 1 else (suffixes or [""])[-1]
    )
    match last:
        case ".csv" | ".tsv" | ".txt":
            return "csv"
        case ".parquet" | ".pq":
            return "parquet"
        case ".ndjson" | ".jsonl":
            return "ndjson"
    raise DataError(
        f"The kind of '{path.name}' is not known.",
        where=str(path),
        fix='Call it .csv, .parquet or .ndjson (.gz may follow), or set format = "csv".',
    )


def _open_parquet(connection: Any, path: Path) -> Reading:
    import duckdb

    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    try:
        described = connection.execute(
            f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}"
        ).fetchall()
    except duckdb.Error as error:
        raise DataError(
            "The file is not readable Parquet.", where=str(path), fix=str(error).splitlines()[0]
        ) from error
    types = {row[0]: row[1] for row in described}
    return Reading(f"SELECT file_row_number + 1 AS {ROW}, * EXCLUDE (file_row_number) FROM {source}", types)


def csv_source(
    path: Path, names: tuple[str, ...], *, delimiter: str, quote: str, header: bool, packed: bool
) -> str:
    """The strict read of a well-formed UTF-8 file, every column as text."""
    columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, strict_mode = true, header = "
        f"{str(header).lower()}, "
        f"delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)}, "
        f"compression = '{'gzip' if packed else 'none'}', columns = {{{columns}}})"
    )


def _open_csv(
    connection: Any, path: Path, settings: FileSettings, expected: frozenset[str], scratch: Path
) -> Reading:
    import duckdb

    from retinue.sources.careful import read_csv_carefully

    packed = is_gzip(path)
    dialect = sniff_dialect(
        sample_of(path),
        encoding=settings.encoding,
        delimiter=settings.delimiter or ("\t" if ".tsv" in path.suffixes else None),
        quote=settings.quote,
        header=settings.header,
        names=settings.names,
        expected=expected,
    )
    assumed = [f"{path.name}: {sentence}" for sentence in dialect.assumed]
    if dialect.repeated:
        assumed.append(
            f"{path.name}: the header repeats {', '.join(dialect.repeated)}; the columns are numbered, "
            f"e.g. {dialect.repeated[0]}_1"
        )
    if not dialect.names:
        empty = "CAST(NULL AS VARCHAR)"
        return Reading(
            f"SELECT CAST(0 AS BIGINT) AS {ROW}, {empty} AS column_1 WHERE false",
            {},
            assumed=[*assumed, f"{path.name} is empty"],
        )
    types = dict.fromkeys(dialect.names, "VARCHAR")
    plain = dialect.encoding.replace("_", "-").lower() in ("utf-8", "utf8", "utf-8-sig", "ascii")
    if plain and dialect.whole_header:
        source = csv_source(
            path,
            dialect.names,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            header=dialect.header,
            packed=packed,
        )
        try:
            # one strict pass over every column tells whether every row is well-formed
            counts = ", ".join(f"count({quoted(n)})" for n in dialect.names)
            connection.execute(f"SELECT {counts} FROM {source}").fetchone()
            numbered = f"SELECT row_number() OVER () AS {ROW}, * FROM {source}"
            return Reading(numbered, types, f"SELECT * FROM {source}", assumed=assumed)
        except duckdb.Error:
            pass
    relation, broken, copy = read_csv_carefully(connection, path, dialect, scratch)
    return Reading(relation, types, None, broken, assumed, [copy])


def _open_ndjson(connection: Any, path: Path, expected: frozenset[str], scratch: Path) -> Reading:
    import duckdb

    from retinue.sources.careful import read_ndjson_carefully

    packed = "gzip" if is_gzip(path) else "uncompressed"
    source = f"read_ndjson_objects({literal(str(path))}, compression = '{packed}')"
    base = f"SELECT row_number() OVER () AS {ROW}, CAST(json AS VARCHAR) AS {_JSON_COLUMN} FROM {source}"
    broken: list[BrokenRow] = []
    temporary: list[Path] = []
    try:
        other = connection.execute(
            f"SELECT count(*) FROM ({base}) WHERE json_type({_JSON_COLUMN}) <> 'OBJECT'"
        ).fetchone()[0]
        careful = other > 0
    except duckdb.Error:
        careful = True
    if careful:
        base, broken, copy = read_ndjson_carefully(connection, path, scratch)
        temporary.append(copy)
    keys = _json_keys(connection, base, path)
    by_lower = {k.lower() for k in keys}
    # SQL tells columns apart by their letters, not their case: the first spelling stands
    names = list({k.lower(): k for k in sorted(keys, reverse=True)}.values())
    names = sorted(names) + [e for e in sorted(expected) if e.lower() not in by_lower and not keys]
    columns = "".join(f", {_JSON_COLUMN} ->> {literal(pointer(n))} AS {quoted(n)}" for n in names)
    return Reading(
        f"SELECT {ROW}{columns} FROM ({base})",
        dict.fromkeys(names, "VARCHAR"),
        broken=broken,
        temporary=temporary,
    )


def pointer(key: str) -> str:
    """The JSON pointer of a key of the object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _json_keys(connection: Any, base: str, path: Path) -> list[str]:
    rows = connection.execute(
        f"SELECT DISTINCT unnest(json_keys({_JSON_COLUMN})) AS k FROM ({base}) LIMIT {MAX_KEYS + 1}"
    ).fetchall()
    if len(rows) > MAX_KEYS:
        raise DataError(
            f"The file holds more than {MAX_KEYS} different keys.",
            where=str(path),
            fix="Put what varies into one object under one key, such as metadata.",
        )
    return [row[0] for row in rows if row[0] and not re.search(r"[\x00]", row[0])]


def iterate(connection: Any, sql: str, size: int = 50_000) -> Iterator[Any]:
    """The result of a query as Arrow batches of bounded size."""
    yield from connection.execute(sql).to_arrow_reader(size)
