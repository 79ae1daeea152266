"""Small tables and partials, kept in the engine while a chunk is worked on.

A real (temporary) table tells the engine how many rows it has, which an inline table does not: with it, joins
are built from the small side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["Scratch"]


class Scratch:
    """Temporary tables on one ibis connection, dropped at the end of a `with` block."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._names: list[str] = []

    def keep(self, rows: ir.Table | pa.Table | dict[str, Any]) -> ir.Table:
        """Store rows (an expression, an Arrow table or columns) and give the stored table."""
        import ibis
        import pyarrow as pa

        data = pa.table(rows) if isinstance(rows, dict) else rows
        name = ibis.util.gen_name("retinue_scratch")
        kept = self._connection.create_table(name, data, temp=True)
        self._names.append(name)
        return kept

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(self._names):
            self._connection.drop_table(name, force=True)
        self._names.clear()
