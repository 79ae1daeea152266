"""A copy of everything that is kept about one customer (Art. 15 and 20 GDPR), place by place.

The walk goes over the map of `retinue.privacy.places`, so that a place is either in the copy or listed as
having nothing of a person. A file of a kind that is not on the map is named too, rather than passed over.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from retinue.privacy.places import DERIVED, FILES, STORE, WAREHOUSE, Linked, file_kind
from retinue.runs.privacy import opening
from retinue.runs.privacy.files import decisions_in, models_that_saw, rows_in_files, unknown_files
from retinue.runs.privacy.letters import letters_of
from retinue.runs.spreadsheets import csv_lines
from retinue.store.subjects import Subject, rows_in, subject_of
from retinue.warehouse.subjects import decisions_of, rows_of

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["archive", "collect", "counts_of", "subject_in_all"]

SEALED = "(sealed: only somebody with the permission pii.read sees it)"


def subject_in_all(opened: Opened, customer_id: str) -> Subject:
    """Who a customer is in warehouse, store and files."""
    decisions = decisions_of(opened.warehouse, customer_id) | decisions_in(opened.settings.state, customer_id)
    known = subject_of(opened.store, customer_id, decisions=decisions)
    addresses = opening.addresses_of(opened, customer_id, sorted(known.deliveries))
    return subject_of(opened.store, customer_id, decisions=decisions, addresses=addresses)


def collect(opened: Opened, customer_id: str, *, personal: bool) -> dict[str, Any]:
    """Everything, JSON-ready. personal: whether what is sealed is opened (the caller put that on record)."""
    subject = subject_in_all(opened, customer_id)
    warehouse = {name: _plain_rows(rows) for name, rows in rows_of(opened.warehouse, customer_id)}
    with opened.store.reading() as session:
        store = {name: list(rows) for name, rows in rows_in(session, subject)}
    _open(opened, customer_id, store, personal=personal)
    kept = {name: _plain_rows(rows) for name, rows in rows_in_files(opened.settings.state, customer_id)}
    found = {
        "customer_id": customer_id,
        "made_at": f"{opened.clock:%Y-%m-%dT%H:%M:%SZ}",
        "about": _about(opened, store, customer_id),
        "warehouse": warehouse,
        "store": {name: _plain_rows(rows) for name, rows in store.items()},
        "files": kept,
        "models": models_that_saw(opened.settings.state, customer_id),
    }
    return {**found, "places": _walk(found), "unknown_files": unknown_files(opened.settings.state)}


def counts_of(opened: Opened, customer_id: str) -> dict[str, int]:
    """How many rows each place has of a customer; places without any are left out."""
    subject = subject_in_all(opened, customer_id)
    found = {f"warehouse {name}": len(rows) for name, rows in rows_of(opened.warehouse, customer_id)}
    with opened.store.reading() as session:
        found |= {f"store {name}": len(rows) for name, rows in rows_in(session, subject)}
    found |= {f"file {name}": len(rows) for name, rows in rows_in_files(opened.settings.state, customer_id)}
    return {name: many for name, many in found.items() if many}


def archive(opened: Opened, customer_id: str, found: dict[str, Any]) -> bytes:
    """The copy as one ZIP: JSON, a CSV of each place, a letter on each decision."""
    files = {"README.txt": _readme(found), "everything.json": _json(found)}
    for group in ("warehouse", "store", "files"):
        for name, rows in found[group].items():
            if rows:
                files[f"csv/{group}/{name.replace('/', '_')}.csv"] = _csv(rows)
    files |= {f"letters/{name}.html": page for name, page in letters_of(opened, customer_id).items()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in sorted(files.items()):
            at = opened.clock
            info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            info.external_attr, info.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
            packed.writestr(info, text.encode())
    return content.getvalue()


def _open(
    opened: Opened, customer_id: str, store: dict[str, list[dict[str, Any]]], *, personal: bool
) -> None:
    """What is sealed, opened or named as sealed."""
    for row in store["contacts"]:
        row["sealed"] = opening.contact(opened, customer_id) if personal else SEALED
    for row in store["deliveries"]:
        if row["request"] is not None:
            row["request"] = opening.request_of_delivery(opened, row["delivery_id"]) if personal else SEALED


def _walk(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Every place: how it leads to a person and how much it holds, or why it holds nothing."""
    rows = []
    for kind, places in (("warehouse", WAREHOUSE), ("store", STORE)):
        for name, place in places.items():
            rows.append(_place(f"{kind} table {name}", place, len(found[kind].get(name, ()))))
    for name, held in found["warehouse"].items():
        if name not in WAREHOUSE and name.startswith(DERIVED):
            rows.append(_place(f"warehouse table {name}", Linked("customer_id", "customer"), len(held)))
    by_kind: dict[str | None, int] = {}
    for path, held in found["files"].items():
        by_kind[file_kind(path)] = by_kind.get(file_kind(path), 0) + len(held)
    rows += [_place(f"file {kind}", place, by_kind.get(kind, 0)) for kind, place in FILES.items()]
    return rows


def _place(name: str, place: Any, rows: int) -> dict[str, Any]:
    if isinstance(place, Linked):
        return {"place": name, "rows": rows, "found": place.words, "when_erased": place.erasing}
    return {"place": name, "rows": 0, "nothing_because": place.why}


def _about(opened: Opened, store: dict[str, list[dict[str, Any]]], customer_id: str) -> dict[str, Any]:
    """What Art. 15(1) asks for beside the data."""
    settings = opened.settings
    sources = sorted(
        {
            str(row["source"])
            for name, rows in rows_of(opened.warehouse, customer_id)
            for row in rows
            if name in WAREHOUSE and row.get("source")
        }
    )
    return {
        "controller": settings.privacy.controller or settings.project.name,
        "contact": settings.privacy.contact,
        "purposes": [
            "to estimate who is about to leave, and to make offers that keep customers",
            "to measure whether such offers do any good",
            "to prove what was decided and done",
        ],
        "recipients": sorted({row["channel"] for row in store["deliveries"]}),
        "sources": sources,
        "days_kept": settings.retention.stated(),
        "decisions": "each decision by a program is explained in a letter of its own (folder letters)",
        "rights": "to correct, to erase, to object, to take the data elsewhere, to complain to an authority",
    }


def _readme(found: dict[str, Any]) -> str:
    about = found["about"]
    lines = [
        f"Everything that {about['controller']} keeps about customer {found['customer_id']} in Retinue, as "
        f"of {found['made_at']}.",
        "",
        "everything.json   all of it, for machines",
        "csv/              the same as tables, one for each place",
        "letters/          how each decision by a program came about",
        "",
        "Where it was looked for, and what was found:",
    ]
    for place in found["places"]:
        why = (
            f"nothing: {place['nothing_because']}" if "nothing_because" in place else f"{place['rows']} rows"
        )
        lines.append(f"- {place['place']}: {why}")
    return "\n".join(lines) + "\n"


def _json(body: Any) -> str:
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return csv_lines([names, *([_cell(row.get(name)) for name in names] for row in rows)])


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _plain_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _text(value: bytes) -> Any:
    """Bytes that are JSON or text as such; others by their length."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"({len(value)} bytes)"
    try:
        return json.loads(text)
    except ValueError:
        return text
