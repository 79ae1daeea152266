"""The result of a job: rows in Parquet, read as CSV, or as JSON in the shape of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.runs.customers.risk import whole
from retinue.runs.spreadsheets import csv_lines

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "as_csv", "as_json", "joined", "write_part"]

_AT_ONCE = 10_000

COLUMNS: Mapping[str, str] = {
    "customer_id": "string",
    "status": "string",
    "churn_probability": "double",
    "risk_level": "string",
    "time_to_churn_days": "double",
    "clv": "double",
    "segment": "string",
    "action": "string",
    "incentive_type": "string",
    "incentive_value": "double",
    "expected_roi": "double",
    "as_of": "string",
}
"""Column to its type. `status`: predicted, or why not (unknown, gone, too_new, objected); then the others
are missing. Amounts in the project's currency; `as_of` in ISO 8601, UTC."""


def schema() -> pa.Schema:
    """The columns as Arrow has them."""
    import pyarrow as pa

    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])


def write_part(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as Parquet, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draft = path.with_suffix(".draft")
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema()), draft)
    draft.replace(path)


def joined(parts: Sequence[Path], path: Path) -> None:
    """Put parts together in one file, part by part, whole or not at all."""
    import pyarrow.parquet as pq

    draft = path.with_suffix(".draft")
    with pq.ParquetWriter(draft, schema()) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part))
    draft.replace(path)


def as_csv(path: Path) -> Iterator[str]:
    """CSV (RFC 4180) with a line of names, harmless in a spreadsheet."""
    yield csv_lines([list(COLUMNS)])
    for rows in _rows(path):
        yield csv_lines([list(row.values()) for row in rows])


def as_json(path: Path, run: str, as_of: datetime) -> Iterator[bytes]:
    """JSON in the shape of a batch: run, as_of, predictions, and who is missing."""
    head = msgspec.json.encode({"run": run, "as_of": as_of})
    yield head[:-1] + b',"predictions":['
    yield from _listed(path, lambda row: row["status"] == "predicted", _risk)
    yield b'],"missing":['
    yield from _listed(path, lambda row: row["status"] != "predicted", _missing)
    yield b"]}"


def _listed(
    path: Path, chosen: Callable[[dict[str, Any]], bool], shape: Callable[[dict[str, Any]], Any]
) -> Iterator[bytes]:
    first = True
    for rows in _rows(path):
        body = b",".join(msgspec.json.encode(shape(row)) for row in rows if chosen(row))
        if body:
            yield body if first else b"," + body
            first = False


def _risk(row: dict[str, Any]) -> dict[str, Any]:
    days, kind = row["time_to_churn_days"], row["incentive_type"]
    return {
        "customer_id": row["customer_id"],
        "timestamp": row["as_of"],
        "risk_assessment": {
            "churn_probability": row["churn_probability"],
            "risk_level": row["risk_level"],
            "time_to_churn_days": None if days is None else int(days),
        },
        "customer_value": {"clv": row["clv"], "segment": row["segment"]},
        "recommendation": {
            "action": row["action"],
            "incentive": None if kind is None else {"type": kind, "value": whole(row["incentive_value"])},
            "expected_roi": row["expected_roi"],
        },
    }


def _missing(row: dict[str, Any]) -> dict[str, Any]:
    return {"customer_id": row["customer_id"], "why": row["status"]}


def _rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_AT_ONCE):
            yield batch.to_pylist()
