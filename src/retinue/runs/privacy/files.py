"""The files that runs left, by customer: what is in them of one, and each written anew without that one.

Every file is written beside itself and put in place whole, so that whoever reads it, and whoever is killed,
finds it as it was or as it is to be.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.cancel_moment.facts import FACTS as AT_CANCEL
from retinue.pipeline.stages import RECEIPTS
from retinue.privacy.places import file_kind
from retinue.runs.customers.file import CUSTOMERS
from retinue.runs.daily import CAMPAIGN_FILE, FACTS_FILE, REPORT_FILE
from retinue.runs.figures.columns import prepare
from retinue.runs.figures.file import JOURNEY, OF_CUSTOMERS, OF_PROFILES
from retinue.runs.result import write_file

if TYPE_CHECKING:
    from retinue.privacy.erased import RandomNames

__all__ = [
    "decisions_in",
    "jobs_with",
    "models_that_saw",
    "rows_in_files",
    "take_out",
    "unknown_files",
    "without_scores",
]


def files_of(state: Path) -> Iterator[tuple[str, str | None]]:
    """Every file below `.retinue`: its path there, and its kind; None for a kind that nobody declared."""
    for path in sorted(state.rglob("*")):
        if path.is_file():
            name = path.relative_to(state).as_posix()
            yield name, file_kind(name)


def unknown_files(state: Path) -> list[str]:
    """Files of no declared kind."""
    return [name for name, kind in files_of(state) if kind is None]


def decisions_in(state: Path, customer_id: str) -> set[str]:
    """The decisions on a customer that runs put on record."""
    found = set()
    for folder in _runs(state):
        found |= {str(row["customer"]["decision_id"]) for row in _receipts(folder / RECEIPTS, customer_id)}
    return found


def rows_in_files(state: Path, customer_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """File by file, what is kept there of a customer; files without anything are left out."""
    for folder in _runs(state):
        for name, read in _READERS.items():
            if (folder / name).is_file():
                rows = read(folder / name, customer_id)
                if rows:
                    yield f"runs/{folder.name}/{name}", rows
    for path in sorted((*(state / "artefacts").rglob("*.parquet"), *(state / "predictions").rglob("*"))):
        rows = _listed(path, customer_id) if path.suffix == ".sqlite" else _parquet(path, customer_id)
        if rows:
            yield path.relative_to(state).as_posix(), rows


def jobs_with(state: Path, customer_id: str) -> list[str]:
    """Jobs of predictions whose files hold the customer."""
    found = (name for name, _ in rows_in_files(state, customer_id) if name.startswith("predictions/"))
    return sorted({name.split("/")[1] for name in found})


def models_that_saw(state: Path, customer_id: str) -> list[dict[str, Any]]:
    """Models whose training data held the customer, as far as finished stages still tell: hash and file.

    A model holds no row of anybody; the next run trains without them.
    """
    found = []
    for labels in sorted((state / "artefacts" / "training").glob("*/labels.parquet")):
        if not _parquet(labels, customer_id):
            continue
        for manifest in sorted((state / "artefacts" / "train").glob("*/manifest.json")):
            body = json.loads(manifest.read_bytes())
            if str(body["inputs"].get("training") or "").startswith(labels.parent.name):
                files = {n: s for n, s in body["files"].items() if n.endswith(".model")}
                found += [{"model": name, "sha256": sha256} for name, sha256 in sorted(files.items())]
    return found


def take_out(state: Path, customer_id: str, renamed: RandomNames, *, keep: bool) -> dict[str, str]:
    """Take a customer out of every file; the SHA-256 of those that were written anew, by path.

    Finished stages, copies of the store and what was left in working folders are removed whole: the next run
    makes again what it needs. keep: rows of which sums are made stay under random names.
    """
    from retinue.pipeline.artefacts import file_hash, left_drafts

    written: dict[str, str] = {}
    for draft in left_drafts(state / "runs"):
        draft.unlink(missing_ok=True)
    for folder in _runs(state):
        changed = [
            _without_receipts(folder / RECEIPTS, customer_id),
            _without_action(folder / CAMPAIGN_FILE, customer_id, renamed, keep=keep),
            _without_facts(folder, customer_id, renamed, keep=keep),
            _without_row(folder / CUSTOMERS, customer_id, renamed, keep=keep),
            _without_row(folder / AT_CANCEL, customer_id, renamed, keep=False),
            _without_journey(folder / JOURNEY, customer_id, renamed, keep=keep),
        ]
        for path in filter(None, changed):
            written[path.relative_to(state).as_posix()] = file_hash(path)
    for name in ("artefacts", "tmp", "spill"):
        shutil.rmtree(state / name, ignore_errors=True)
    for job_id in jobs_with(state, customer_id):
        shutil.rmtree(state / "predictions" / job_id)
    for backup in state.glob("store.sqlite.*.backup"):
        backup.unlink()
    return written


def without_scores(state: Path, campaign_id: str, customer_id: str) -> bool:
    """Take a customer who objected out of what a run left for the service; whether they were in it."""
    folder = state / "runs" / campaign_id
    found = False
    path = folder / CUSTOMERS
    if path.is_file() and _customer_row(path, customer_id):

        def objected(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM customers WHERE customer_id = ?", (customer_id,))
            connection.execute("INSERT OR REPLACE INTO others VALUES (?, 'objected')", (customer_id,))

        _rewritten(path, objected)
        found = True
    taken = _without_journey(folder / JOURNEY, customer_id, None, keep=False, tables=OF_PROFILES)
    return bool(_without_row(folder / AT_CANCEL, customer_id, None, keep=False)) or bool(taken) or found


def _runs(state: Path) -> list[Path]:
    return sorted(path for path in (state / "runs").glob("*") if path.is_dir())


def _receipts(path: Path, customer_id: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    if not path.is_file():
        return []
    with pq.ParquetFile(path) as file:
        rows = file.read(columns=["customer_id", "rest"]).to_pylist()
    return [json.loads(row["rest"]) for row in rows if row["customer_id"] == customer_id]


def _actions(path: Path, customer_id: str) -> list[dict[str, Any]]:
    body = json.loads(path.read_bytes())
    campaign = body.get("campaign", body)
    return [one for one in campaign["actions"] if one["customer_id"] == customer_id]


def _customer_row(path: Path, customer_id: str) -> list[dict[str, Any]]:
    rows = _select(path, "SELECT * FROM customers WHERE customer_id = ?", customer_id)
    for row in rows:
        row["decision"] = (
            None if row["decision"] is None else msgspec.json.decode(zlib.decompress(row["decision"]))
        )
    return rows or _select(path, "SELECT * FROM others WHERE customer_id = ?", customer_id)


def _cancel_row(path: Path, customer_id: str) -> list[dict[str, Any]]:
    rows = _select(path, "SELECT * FROM customers WHERE customer_id = ?", customer_id)
    if not rows:
        return []
    shared = msgspec.json.decode(_select(path, "SELECT body FROM shared")[0]["body"])
    known = msgspec.json.decode(zlib.decompress(rows[0]["body"]))
    names = [name for name, _ in shared["columns"]]
    return [{**known, "features": dict(zip(names, known["features"], strict=True))}]


def _journey_rows(path: Path, customer_id: str) -> list[dict[str, Any]]:
    """Every row of the customer, with the table it is of."""
    return [
        {"table": table, **row}
        for table in OF_CUSTOMERS
        for row in _select(path, f"SELECT * FROM {table} WHERE customer_id = ?", customer_id)
    ]


def _select(path: Path, query: str, *values: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def _listed(path: Path, customer_id: str) -> list[dict[str, Any]]:
    return _select(path, "SELECT id AS customer_id FROM asked WHERE id = ?", customer_id)


def _parquet(path: Path, customer_id: str) -> list[dict[str, Any]]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return []
    with pq.ParquetFile(path) as file:
        if "customer_id" not in file.schema_arrow.names:
            return []
        table = file.read()
    rows = table.filter(pc.equal(table["customer_id"].cast("string"), customer_id)).to_pylist()
    return [{name: value for name, value in row.items() if not isinstance(value, bytes)} for row in rows]


_READERS: dict[str, Callable[[Path, str], list[dict[str, Any]]]] = {
    RECEIPTS: _receipts,
    CAMPAIGN_FILE: _actions,
    FACTS_FILE: _actions,
    CUSTOMERS: _customer_row,
    AT_CANCEL: _cancel_row,
    JOURNEY: _journey_rows,
}
"""File of a run to what is in it of a customer; `report.html` shows what `run.json` holds."""


def _without_receipts(path: Path, customer_id: str) -> Path | None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not _receipts(path, customer_id):
        return None
    draft = _draft(path)
    with pq.ParquetFile(path) as file:
        schema, groups = file.schema_arrow, range(file.num_row_groups)
        with pq.ParquetWriter(draft, schema, compression="zstd", use_dictionary=False) as writer:
            for group in groups:
                table = file.read_row_group(group)
                writer.write_table(table.filter(pc.not_equal(table["customer_id"], customer_id)))
    return _placed(draft, path)


def _without_action(path: Path, customer_id: str, renamed: RandomNames, *, keep: bool) -> Path | None:
    if not path.is_file() or not _actions(path, customer_id):
        return None
    body = json.loads(path.read_bytes())
    body["actions"] = _others(body["actions"], customer_id, renamed, keep=keep)
    write_file(path, _json(body))
    return path


def _without_facts(folder: Path, customer_id: str, renamed: RandomNames, *, keep: bool) -> Path | None:
    """`run.json` without the customer, and the page that is made of it."""
    from retinue.report.facts import RunReport
    from retinue.runs.result import RunResult

    path = folder / FACTS_FILE
    if not path.is_file() or not _actions(path, customer_id):
        return None
    facts = json.loads(path.read_bytes())
    campaign = facts["campaign"]
    campaign["actions"] = _others(campaign["actions"], customer_id, renamed, keep=keep)
    # The page first: killed in between, the facts still hold the customer, and it is found and done again.
    result = RunResult(RunReport(**facts), b"", (), folder, reused=True, peak_memory_mb=0.0)
    result.write_report(folder / REPORT_FILE)
    write_file(path, _json(facts))
    return path


def _others(
    actions: list[dict[str, Any]], customer_id: str, renamed: RandomNames, *, keep: bool
) -> list[dict[str, Any]]:
    """The actions of others, and in place of the customer's the numbers that sums are made of."""
    found = []
    for one in actions:
        if one["customer_id"] != customer_id:
            found.append(one)
        elif keep:
            found.append(
                {
                    **one,
                    "customer_id": renamed("customer", customer_id),
                    "decision_id": renamed("decision", one["decision_id"]),
                    "reasons": [],
                    "time_to_churn_days": None,
                    "receipt_id": None,
                }
            )
    return found


def _without_row(path: Path, customer_id: str, renamed: RandomNames | None, *, keep: bool) -> Path | None:
    there = path.is_file() and (_customer_row if path.name == CUSTOMERS else _cancel_row)(path, customer_id)
    if not there:
        return None

    def out(connection: sqlite3.Connection) -> None:
        if keep and renamed is not None:
            connection.execute(
                "UPDATE customers SET customer_id = ?, decision_id = NULL, decision = NULL, "
                "time_to_churn_days = NULL WHERE customer_id = ?",
                (renamed("customer", customer_id), customer_id),
            )
        connection.execute("DELETE FROM customers WHERE customer_id = ?", (customer_id,))
        if path.name == CUSTOMERS:
            connection.execute("DELETE FROM others WHERE customer_id = ?", (customer_id,))

    return _rewritten(path, out)


def _without_journey(
    path: Path,
    customer_id: str,
    renamed: RandomNames | None,
    *,
    keep: bool,
    tables: tuple[str, ...] = OF_CUSTOMERS,
) -> Path | None:
    rows = _journey_rows(path, customer_id) if path.is_file() else []
    if not any(row["table"] in tables for row in rows):
        return None
    made = [row["decision_id"] for row in rows if row["table"] == "decisions"]

    def out(connection: sqlite3.Connection) -> None:
        if keep and renamed is not None:
            connection.executemany(
                "UPDATE decisions SET decision_id = ? WHERE decision_id = ?",
                [(renamed("decision", name), name) for name in made],
            )
        for table in tables:
            if keep and renamed is not None:
                connection.execute(
                    f"UPDATE {table} SET customer_id = ? WHERE customer_id = ?",
                    (renamed("customer", customer_id), customer_id),
                )
            connection.execute(f"DELETE FROM {table} WHERE customer_id = ?", (customer_id,))
        prepare(connection)

    return _rewritten(path, out)


def _rewritten(path: Path, change: Callable[[sqlite3.Connection], None]) -> Path:
    """A file of SQLite changed and without free pages. Readers keep the old one until they look again."""
    draft = _draft(path)
    shutil.copyfile(path, draft)
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN")
        change(connection)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
    return _placed(draft, path)


def _draft(path: Path) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    return draft


def _placed(draft: Path, path: Path) -> Path:
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    draft.replace(path)
    return path


def _json(body: Any) -> bytes:
    return (json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
