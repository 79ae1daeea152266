"""Parts of a result, put aside until they can be written in order.

Chunks of customers come one after another, each with all its dates; the file wants all customers of a date
together. A part is kept as an uncompressed Arrow file (mapped, not read, when its turn comes), or in memory
when there is only one chunk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Parts", "schema_of"]


class Parts:
    """Tables by date, in the order in which their chunks came.

    Parameters
    ----------
    folder: where parts are put aside.

    in_memory: hold the parts that come from now on in memory instead.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.in_memory = False
        self._parts: dict[datetime, list[pa.Table | Path]] = {}
        self._count = 0

    def add(self, moment: datetime, part: pa.Table) -> None:
        """Put one date of one chunk aside."""
        import pyarrow as pa

        kept = self._parts.setdefault(moment, [])
        if self.in_memory:
            kept.append(part)
            return
        path = self._folder / f"part-{self._count:06d}.arrow"
        self._count += 1
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, part.schema) as writer:
            writer.write_table(part)
        kept.append(path)

    def write(self, out: Path, moments: Sequence[datetime], schema: pa.Schema) -> None:
        """Write all parts to one Parquet file by date and chunk; it appears whole or not at all."""
        import pyarrow.parquet as pq

        unfinished = self._folder / "result.parquet"
        with pq.ParquetWriter(
            unfinished, schema, use_dictionary=["customer_id"], compression="zstd", compression_level=1
        ) as writer:
            for moment in moments:
                for part in self._parts.pop(moment, []):
                    table = _mapped(part) if isinstance(part, Path) else part
                    if table.num_rows:
                        writer.write_table(table)
                    del table
                    if isinstance(part, Path):
                        part.unlink()
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(out)


def schema_of(features: Sequence[str]) -> pa.Schema:
    """The columns of a snapshot file."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("customer_id", pa.string(), nullable=False),
            pa.field("as_of", pa.timestamp("us"), nullable=False),
            *(pa.field(name, pa.float64()) for name in features),
        ]
    )


def _mapped(path: Path) -> pa.Table:
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
