"""The receipts of a run in one file: Parquet, one row per decision, what they share in the file's metadata.

Columns: `decision_id`, `customer_id`, `receipt_id` and `rest`, the canonical JSON of every section but
`run`. One receipt is found by reading the narrow id column and then a single row group.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from retinue.decisions.receipt import ReceiptParts, assemble, read_receipt, seal
from retinue.decisions.terms import canonical, sha256_of
from retinue.domain import Receipt
from retinue.errors import ArtefactError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["find_receipt", "read_receipts", "read_rows", "read_run", "receipt_ids", "write_receipts"]

_RUN_KEY = b"retinue.run"
_GROUP = 2_000
_COLUMNS = ("decision_id", "customer_id", "receipt_id", "rest")


def receipt_ids(parts: ReceiptParts) -> list[str]:
    """The ids of a batch's receipts, in its order, without keeping the receipts (for a dry run)."""
    run = sha256_of(parts.run())
    return [seal(run, sections)[0] for sections in parts.rows()]


def write_receipts(parts: ReceiptParts, path: Path) -> list[str]:
    """Write all receipts of a batch and return their ids in its order; the file is there whole or not at all.

    The same batch gives the same bytes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    run = canonical(parts.run())
    run_sha = sha256_of(msgspec.Raw(run))
    schema = pa.schema(
        [(name, pa.binary() if name == "rest" else pa.string()) for name in _COLUMNS],
        metadata={_RUN_KEY: run},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    ids: list[str] = []
    try:
        with pq.ParquetWriter(draft, schema, compression="zstd", use_dictionary=False) as writer:
            for group in _groups(_stored(run_sha, parts)):
                ids.extend(group["receipt_id"])
                writer.write_table(pa.table(group, schema=schema))
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return ids


def read_receipts(path: Path) -> Iterator[Receipt]:
    """Every receipt of a file, verified. Raises ArtefactError."""
    with _open(path) as file:
        run = _run(file, path)
        for group in range(file.num_row_groups):
            for row in file.read_row_group(group).to_pylist():
                yield _checked(row, run, path)


def read_rows(path: Path) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What the receipts of a file share, and the columns `decision_id`, `customer_id` and `rest` as stored.

    Nothing is verified. Raises ArtefactError when the file cannot be read.
    """
    with _open(path) as file:
        run = msgspec.json.decode(_run(file, path))
        return run, file.read(columns=["decision_id", "customer_id", "rest"]).to_pydict()


def read_run(path: Path) -> dict[str, Any]:
    """What the receipts of a file share. Raises ArtefactError when it cannot be read."""
    with _open(path) as file:
        return dict(msgspec.json.decode(_run(file, path)))


def find_receipt(
    path: Path, name: str, *, by: Literal["decision_id", "customer_id", "receipt_id"]
) -> Receipt:
    """One receipt of a run's file. Raises ArtefactError when there is none, or when it was altered."""
    with _open(path) as file:
        run = _run(file, path)
        for group in range(file.num_row_groups):
            names = file.read_row_group(group, columns=[by]).column(0).to_pylist()
            if name in names:
                row = file.read_row_group(group).slice(names.index(name), 1).to_pylist()[0]
                return _checked(row, run, path)
    raise ArtefactError(
        f"There is no receipt with {by} '{name}'.",
        where=str(path),
        fix="Only customers above the threshold of action have a decision; check the id and the run.",
    )


def _stored(run_sha: str, parts: ReceiptParts) -> Iterator[dict[str, Any]]:
    for sections in parts.rows(_GROUP):
        receipt_id, rest = seal(run_sha, sections)
        yield {**sections["customer"], "receipt_id": receipt_id, "rest": rest}


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, list[Any]]]:
    group: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for row in rows:
        for name in _COLUMNS:
            group[name].append(row[name])
        if len(group["rest"]) == _GROUP:
            yield group
            group = {name: [] for name in _COLUMNS}
    if group["rest"]:
        yield group


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise ArtefactError(
            "The receipts of the run cannot be read.", where=str(path), fix="Run again, or name another run."
        ) from error


def _run(file: pq.ParquetFile, path: Path) -> bytes:
    content = (file.schema_arrow.metadata or {}).get(_RUN_KEY)
    if content is None:
        raise ArtefactError("This file does not hold receipts.", where=str(path))
    return bytes(content)


def _checked(row: Mapping[str, Any], run: bytes, path: Path) -> Receipt:
    receipt = read_receipt(assemble(row["receipt_id"], run, row["rest"]))
    if receipt.decision_id != row["decision_id"]:
        raise ArtefactError(
            "The receipt belongs to another decision than the file says.",
            where=f"{path}, decision {row['decision_id']}",
        )
    return receipt
