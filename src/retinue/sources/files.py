"""Files as a source: CSV, Parquet and NDJSON, through a mapping, or a folder already shaped as our tables."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, UsageError
from retinue.settings import SETTINGS_FILE, expand_variables, parse_section
from retinue.sources.compile import compile_columns
from retinue.sources.expressions import columns_of
from retinue.sources.mapping import FileSettings, RawColumn, quoted
from retinue.sources.reading import Reading, format_of, iterate, open_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FilePart", "FilesSource", "Lookups", "is_data_file", "resolve", "table_of"]

_SUFFIXES = r"(?:\.(?:csv|tsv|txt|ndjson|jsonl)(?:\.gz)?|\.(?:parquet|pq))"
_DATA_FILE = re.compile(rf"[^.].*{_SUFFIXES}", re.IGNORECASE)
_NUMBERED = re.compile(r"[-_.]?(?:part[-_]?)?\d[\w-]*$", re.IGNORECASE)


def is_data_file(name: str) -> bool:
    """Whether a file's name ends as one we can read.

    >>> is_data_file("a.csv.gz"), is_data_file("README.md")
    (True, False)
    """
    return _DATA_FILE.fullmatch(name) is not None


def table_of(name: str) -> str:
    """The table a file of a shaped folder is for: its name without endings and without a number.

    >>> table_of("events.ndjson.gz"), table_of("events_2025-06.parquet"), table_of("events.part-3.csv")
    ('events', 'events', 'events')
    """
    stem = re.sub(rf"{_SUFFIXES}$", "", name, flags=re.IGNORECASE)
    return _NUMBERED.sub("", stem) or stem


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file that feeds one table."""

    source: str
    table: str
    path: Path
    label: str
    """The path as it is shown and remembered: relative to the workspace when it lies inside."""
    settings: FileSettings
    shaped: bool
    """The columns already have our names; there is no mapping."""
    place: str
    """Where the mapping stands, for errors."""
    root: Path

    def fingerprint(self) -> str:
        """A hash of the file's bytes, of the files it looks values up in, and of the mapping."""
        digest = hashlib.sha256(self.settings.fingerprint().encode())
        others = [r.lookup.file for r in self.settings.columns.values() if r.lookup is not None]
        for path in (self.path, *(resolve(self.root, other) for other in others)):
            with path.open("rb") as handle:
                while block := handle.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()

    def expected(self) -> frozenset[str]:
        """The column names the mapping speaks of."""
        names: set[str] = set()
        rules = self.settings.columns
        for target, rule in rules.items():
            if rule.column is not None:
                names.add(rule.column)
            elif rule.expression is not None:
                names.update(columns_of(rule.expression, f"{self.place}, column {target}"))
            elif rule.object_of is not None:
                gathered = rule.object_of
                names.update(gathered.values() if isinstance(gathered, dict) else gathered)
        if self.settings.where is not None:
            names.update(columns_of(self.settings.where, f"{self.place}, where"))
        return frozenset(names)

    def open(self, connection: Any, scratch: Path, also: frozenset[str] = frozenset()) -> Reading:
        """The file's rows, readable through `connection`; `also` are further names to expect."""
        expected = self.expected() | also
        return open_file(connection, self.path, self.settings, expected=expected, scratch=scratch)

    def columns(self, reading: Reading, *, style: Any, lookup: Callable[..., str]) -> list[RawColumn]:
        """What the mapping makes of the file's columns; for a shaped file the columns as they are."""
        if self.shaped:
            return [RawColumn(name, quoted(name), kind, (name,)) for name, kind in reading.types.items()]
        where = f"{self.place}, file {self.label}"
        return compile_columns(self.settings, reading.types, style=style, where=where, lookup=lookup)


def resolve(root: Path, text: str) -> Path:
    """A path of the settings: variables expanded, relative to the workspace."""
    return root / Path(expand_variables(text)).expanduser()


class FilesSource:
    """One section `[sources.NAME]` with `kind = "files"`, or a folder shaped as our tables.

    Parameters
    ----------
    name: kept beside every row.
    parts: which file feeds which table.
    ignored: data files of a folder that belong to no table, by name.
    """

    def __init__(self, name: str, parts: Sequence[FilePart], ignored: Sequence[str] = ()) -> None:
        self.name = name
        self._parts = tuple(parts)
        self.ignored = tuple(ignored)

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> FilesSource:
        """Read the section, and find its files.

        Raises SettingsError with file, line and nearest key, or DataError when no file is found.
        """
        settings = parse_section(FileSettings, raw, path=("sources", name), root=root)
        place = f"{root / SETTINGS_FILE} [sources.{name}]"
        paths: list[Path] = []
        for pattern in settings.paths:
            full = str(resolve(root, pattern))
            found = sorted(glob(full, recursive=True)) if has_magic(full) else [full]  # noqa: PTH207 - absolute pattern
            files = [Path(f) for f in found if Path(f).is_file()]
            if not files:
                raise DataError(
                    f"No file matches '{pattern}'.",
                    where=place,
                    fix=f"Looked at {full}. Correct the path, or set the variable it uses.",
                )
            paths += [f for f in files if f not in paths]
        parts = [
            FilePart(
                name, settings.table, path, _label(path, root, settings.paths), settings, False, place, root
            )
            for path in paths
        ]
        return cls(name, parts)

    @classmethod
    def folder(cls, path: Path, *, tables: Sequence[str], name: str = "data") -> FilesSource:
        """A folder of files named and shaped as our tables; no mapping is needed.

        A table may be one file (`events.csv.gz`), numbered ones (`events_2025.parquet`,
        `events_2026.parquet`), or a folder of files (`events/…`); formats may be mixed. `tables` are the
        names looked for; other files are left alone and listed in `ignored`.

        Raises DataError when the folder is not there or holds no table.
        """
        if not path.is_dir():
            raise DataError(f"There is no folder '{path}'.", where=str(path), fix="Point --data at a folder.")
        parts: list[FilePart] = []
        ignored: list[str] = []
        for entry in sorted(path.iterdir()):
            if entry.is_dir() and entry.name in tables:
                files = [f for f in sorted(entry.rglob("*")) if f.is_file() and is_data_file(f.name)]
                parts += [_shaped(name, entry.name, f, path) for f in files]
            elif entry.is_file() and is_data_file(entry.name):
                table = table_of(entry.name)
                if table in tables:
                    parts.append(_shaped(name, table, entry, path))
                else:
                    ignored.append(entry.name)
        if not parts:
            raise DataError(
                "The folder holds no file named as one of our tables.",
                where=str(path),
                fix=f"Expected e.g. customers.csv or transactions.parquet; tables: {', '.join(tables)}. "
                "For other files write a mapping: retinue sources suggest PATH.",
            )
        return cls(name, parts, ignored)

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.table for part in self._parts))

    def parts(self) -> Sequence[FilePart]:
        return self._parts

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """The mapped rows, values as found in the files; rows that cannot be split are left out."""
        import duckdb

        with tempfile.TemporaryDirectory(prefix="retinue-") as folder, duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for part in self._parts:
                if part.table != table:
                    continue
                reading = part.open(connection, Path(folder))
                if not reading.types:
                    continue
                joins = Lookups(connection, part.root)
                columns = part.columns(reading, style=part.settings.decimal, lookup=joins)
                if not columns:
                    raise UsageError("The mapping has no columns.", where=part.place, fix="Map at least one.")
                chosen = ", ".join(f"{c.sql} AS {quoted(c.name)}" for c in columns)
                yield from iterate(connection, f"SELECT {chosen} FROM ({reading.relation}){joins.sql}")


class Lookups:
    """Other files joined to a reading; call it with a lookup and the SQL of a key."""

    def __init__(self, connection: Any, root: Path) -> None:
        self._connection = connection
        self._root = root
        self._made: list[str] = []
        self.sql = ""

    def __call__(self, lookup: Any, key: str) -> str:
        from retinue.sources.compile import find_column

        n = len(self._made) + 1
        path = resolve(self._root, lookup.file)
        if not path.is_file():
            raise DataError(
                f"The lookup file '{lookup.file}' is not there.", where=str(path), fix="Correct its path."
            )
        settings = FileSettings(path=str(path), table="lookup")
        expected = frozenset({lookup.key, lookup.value})
        with tempfile.TemporaryDirectory(prefix="retinue-") as folder:
            reading = open_file(self._connection, path, settings, expected=expected, scratch=Path(folder))
            where = f"lookup file {path}"
            k = quoted(find_column(lookup.key, reading.types, where))
            v = quoted(find_column(lookup.value, reading.types, where))
            # one row per key, the first of the file, so that the join neither loses nor repeats rows
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE _lookup_{n} AS SELECT trim(CAST({k} AS VARCHAR)) AS _key_{n}, "
                f"arg_min(CAST({v} AS VARCHAR), _row) AS _value_{n} FROM ({reading.relation}) "
                f"WHERE {k} IS NOT NULL GROUP BY 1"
            )
        self._made.append(lookup.file)
        self.sql += f" LEFT JOIN _lookup_{n} ON _key_{n} = {key}"
        return f"_value_{n}"


def _shaped(source: str, table: str, path: Path, root: Path) -> FilePart:
    settings = FileSettings(path=str(path), table=table)
    format_of(path)
    return FilePart(source, table, path, _label(path, root), settings, True, str(path), root)


def _label(path: Path, root: Path, patterns: Sequence[str] = ()) -> str:
    """How a file is named: the same on every machine where the mapping is the same."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        pass
    for pattern in patterns:
        for variable in re.findall(r"\$\{\w+\}", pattern):
            folder = Path(expand_variables(variable))
            if path.is_relative_to(folder):
                return f"{variable}/{path.relative_to(folder).as_posix()}"
    return str(path)
