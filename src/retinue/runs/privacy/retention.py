"""What `[retention]` says may not stay longer is deleted: facts, rows of the store, files.

The newest finished run stays, whatever its age, since the service reads from it. What is deleted of the facts
changes what can be measured and learned from them; what was decided is in receipts as long as these stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.runs.privacy import opening
from retinue.runs.privacy.erasing import AGREED
from retinue.store.audit.files import REWRITTEN
from retinue.store.audit.record import on_record
from retinue.store.erasing import scrub
from retinue.store.privacy_requests import expired_answers
from retinue.store.retaining import OF_STORE, expired, let_go
from retinue.store.runs import list_runs
from retinue.warehouse.base import utc_naive
from retinue.warehouse.subjects import derived_tables
from retinue.warehouse.tables import SYSTEM_TABLES, TABLES

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["retain"]

_FACTS = {
    "events": "timestamp",
    "tickets": "resolved_at",
    "transactions": "date",
    "subscriptions": "ended_at",
    "interventions": "executed_at",
    "outcomes": "observed_at",
    "quarantine": "quarantined_at",
}
"""Kind, which is a table of the warehouse, to the time that counts; rows without one stay."""


def retain(opened: Opened, *, who: str, dry_run: bool = False) -> dict[str, int]:
    """Delete what is too old by now, or count it; kind to how many rows or files."""
    days = opened.settings.retention.stated()
    before = {kind: opened.clock - timedelta(days=min(given, 36_500.0)) for kind, given in days.items()}
    of_store = {kind: moment for kind, moment in before.items() if kind in OF_STORE}
    facts = {kind: moment for kind, moment in before.items() if kind in _FACTS}
    found = {kind: expired(opened.store, kind, moment) for kind, moment in of_store.items()}
    found |= {kind: _old_facts(opened, kind, moment) for kind, moment in facts.items()}
    files = {
        kind: _old_files(opened, kind, before[kind])
        for kind in ("runs", "artefacts", "backups")
        if kind in before
    }
    found |= {kind: len(paths) for kind, paths in files.items()}
    found["answers"] = len(_old_answers(opened, before["answers"])) if "answers" in before else 0
    if dry_run:
        return found
    if any(found[kind] for kind in of_store):
        let_go(opened.store, of_store)
        scrub(opened.store)
    if any(found[kind] for kind in facts):
        _drop_facts(opened, {kind: moment for kind, moment in facts.items() if found[kind]})
    _drop_files(opened, files, who)
    for request in _old_answers(opened, before["answers"]) if found["answers"] else ():
        opening.forget_answer(opened, request)
    return found


def _old(opened: Opened, kind: str, before: datetime) -> Any:
    rows = opened.warehouse.engine.connection.table(kind)
    return rows.filter(rows[_FACTS[kind]] < utc_naive(before))


def _old_facts(opened: Opened, kind: str, before: datetime) -> int:
    return int(_old(opened, kind, before).count().execute())


def _drop_facts(opened: Opened, before: dict[str, datetime]) -> None:
    engine = opened.warehouse.engine
    key_of = {one.name: one.key for one in (*TABLES, *SYSTEM_TABLES)}
    with opened.warehouse.transaction():
        for kind, moment in before.items():
            keys = sorted({str(k) for k in _old(opened, kind, moment)[key_of[kind]].to_pyarrow().to_pylist()})
            engine.delete(kind, _old(opened, kind, moment).select(key_of[kind], _FACTS[kind]))
            if kind == "quarantine":
                engine.change("quarantine_releases", "quarantine_id", keys, None)
        for name in derived_tables(opened.warehouse):
            engine.connection.drop_table(name)
        engine.connection.truncate_table("daily_partials")
        engine.connection.truncate_table("daily_ledger")
    engine.rewrite()


def _old_files(opened: Opened, kind: str, before: datetime) -> list[Path]:
    state = opened.settings.state
    if kind == "runs":
        done = [run for run in list_runs(opened.store, limit=None) if run.finished_at is not None]
        old = [run.campaign_id for run in done[1:] if run.as_of < utc_naive(before)]
        return [path for name in old if (path := state / "runs" / name).is_dir()]
    found = state.glob("artefacts/*/*") if kind == "artefacts" else state.glob("store.sqlite.*.backup")
    return sorted(path for path in found if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before)


def _drop_files(opened: Opened, files: Mapping[Any, list[Path]], who: str) -> None:
    for path in files.get("runs", ()):
        # On record before: killed in between, it is found again and deleted then.
        with opened.store.transaction() as session:
            gone = dict.fromkeys(AGREED)
            on_record(session, REWRITTEN, "run", path.name, actor=who, files=gone)
        shutil.rmtree(path)
    for path in (*files.get("artefacts", ()), *files.get("backups", ())):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _old_answers(opened: Opened, before: datetime) -> list[str]:
    asked = expired_answers(opened.store, before)
    kept = {path.stem for path in (opened.settings.state / opening.ANSWERS).glob("*.sealed")}
    return [one.request_id for one in asked if one.request_id in kept]
