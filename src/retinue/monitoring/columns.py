"""Columns of a frame, a table, an array or a Parquet file, one at a time.

A Parquet file is never whole in memory: a column is read one row group after another, in float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Columns", "Data", "Kind", "Mask", "columns_of"]

Mask = npt.NDArray[np.bool_]
Data = Any
"""A path of a Parquet file, a pandas frame, a pyarrow table, a mapping of arrays, or a 2-D array."""

Kind = Literal["number", "text", "empty", "other"]


class Columns(Protocol):
    """What can be counted: named columns of equally many rows."""

    names: tuple[str, ...]
    rows: int

    def kind(self, name: str) -> Kind:
        """Whether the column holds numbers (booleans too), texts, nothing at all, or something else."""

    def whole(self, name: str) -> bool:
        """Whether its numbers are integers."""

    def chunks(self, name: str) -> Iterator[Any]:
        """The rows in order, in pieces: float64 arrays of a number (NaN: missing), else pyarrow arrays."""


def columns_of(data: Data, where: Mask | None = None) -> Columns:
    """The columns of the data; `where` keeps only its true rows.

    Raises DataError when the data are of no known form, or cannot be read.

    >>> found = columns_of({"a": np.array([1, 2]), "b": np.array(["x", None], dtype=object)})
    >>> found.names, found.rows, found.kind("a"), found.kind("b")
    (('a', 'b'), 2, 'number', 'text')
    """
    if isinstance(data, str | Path):
        found: Columns = _Parquet(Path(data))
    else:
        found = _Table(_arrow(data))
    return found if where is None else _Chosen(found, where)


class _Arrow:
    """What a file and a table in memory have in common: a schema."""

    schema: pa.Schema

    def kind(self, name: str) -> Kind:
        from pyarrow import types

        found = self.schema.field(name).type
        if types.is_dictionary(found):
            found = found.value_type
            # Numbers behind codes are names of categories, not measurements.
            return "other" if types.is_nested(found) else "text"
        if types.is_null(found):
            return "empty"
        if types.is_boolean(found) or types.is_integer(found):
            return "number"
        if types.is_floating(found) or types.is_decimal(found):
            return "number"
        texts = (types.is_string, types.is_large_string, types.is_string_view)
        return "text" if any(is_text(found) for is_text in texts) else "other"

    def whole(self, name: str) -> bool:
        from pyarrow import types

        return bool(types.is_integer(self.schema.field(name).type))

    def _converted(self, name: str, column: pa.ChunkedArray) -> Iterator[Any]:
        kind = self.kind(name)
        for chunk in column.chunks:
            yield _numbers(chunk) if kind == "number" else _texts(chunk) if kind == "text" else chunk


class _Table(_Arrow):
    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.schema = table.schema
        self.names = tuple(table.column_names)
        self.rows = table.num_rows

    def chunks(self, name: str) -> Iterator[Any]:
        return self._converted(name, self.table.column(name))


class _Parquet(_Arrow):
    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self.metadata, self.schema = file.metadata, file.schema_arrow
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(
                "A Parquet file cannot be read.", where=str(path), fix="Give the path of a Parquet file."
            ) from error
        self.names = tuple(self.schema.names)
        self.rows = self.metadata.num_rows

    def chunks(self, name: str) -> Iterator[Any]:
        import pyarrow.parquet as pq

        # A file object of its own for each column: several threads may read at once.
        with pq.ParquetFile(self.path, metadata=self.metadata) as file:
            for group in range(file.num_row_groups):
                found = file.read_row_group(group, columns=[name], use_threads=False)
                yield from self._converted(name, found.column(0))


class _Chosen:
    """The rows of other columns where a mask is true."""

    def __init__(self, columns: Columns, where: Mask) -> None:
        if len(where) != columns.rows:
            raise ValueError(f"the mask has {len(where)} rows, the data {columns.rows}")
        self.columns, self.where = columns, where
        self.names = columns.names
        self.rows = int(np.count_nonzero(where))

    def kind(self, name: str) -> Kind:
        return self.columns.kind(name)

    def whole(self, name: str) -> bool:
        return self.columns.whole(name)

    def chunks(self, name: str) -> Iterator[Any]:
        import pyarrow as pa

        start = 0
        for chunk in self.columns.chunks(name):
            mask = self.where[start : start + len(chunk)]
            start += len(chunk)
            yield chunk[mask] if isinstance(chunk, np.ndarray) else chunk.filter(pa.array(mask))


def _numbers(chunk: pa.Array) -> npt.NDArray[np.float64]:
    import pyarrow as pa
    from pyarrow import types

    if not types.is_float64(chunk.type):
        chunk = chunk.cast(pa.float64(), safe=False)
    if chunk.null_count:
        chunk = chunk.fill_null(np.nan)
    # Without a copy, and, unlike `to_numpy`, without loading pandas.
    found: npt.NDArray[np.float64] = np.from_dlpack(chunk)  # type: ignore[assignment]
    return found


def _texts(chunk: pa.Array) -> pa.Array:
    import pyarrow as pa
    from pyarrow import types

    decoded = chunk.dictionary_decode() if types.is_dictionary(chunk.type) else chunk
    return decoded.cast(pa.string())


def _arrow(data: Data) -> pa.Table:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, np.ndarray):
        if data.ndim != 2:
            raise DataError(
                f"An array of {data.ndim} dimension(s) has no columns.", fix="Give rows × features."
            )
        data = {str(i): data[:, i] for i in range(data.shape[1])}
    if isinstance(data, Mapping):
        return pa.table({str(name): _column(values) for name, values in data.items()})
    if hasattr(data, "columns") and hasattr(data, "iloc"):
        if not data.columns.is_unique:
            raise DataError("Two columns of the frame have one name.", fix="Rename one of them.")
        return pa.table({str(name): _series(data[name]) for name in data.columns})
    raise DataError(
        f"A {type(data).__name__} has no columns to count.",
        fix="Give a Parquet file's path, a pandas frame, a pyarrow table, arrays by name, or a 2-D array.",
    )


def _series(values: pd.Series[Any]) -> pa.Array:
    return _column(values.to_numpy() if values.dtype == np.float64 else values)


def _column(values: Any) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return pa.array(np.ascontiguousarray(values))  # NaN stays NaN: nothing is copied
    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # A column of several types, such as numbers and words: their texts are what can be compared.
        found = pa.array([None if v is None or v != v else str(v) for v in values], type=pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
