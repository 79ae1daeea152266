"""Taking one customer out of the store, in one transaction: rows deleted, or left under random names.

The money of what had not been sent is free again; a history that refuses to be changed lets go of the rows of
this customer only, within the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, select, text, update
from sqlalchemy.orm import Session

from retinue.errors import UsageError
from retinue.privacy.places import STORE, Linked, named_rows
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Store
from retinue.store.history import unprotected
from retinue.store.shredding import shred_in
from retinue.store.subjects import Subject, keys_in, table_named

__all__ = ["KEPT", "end_jobs_in", "end_jobs_under_way_in", "erase_in", "scrub"]

KEPT = ("audit", "suppressed", "privacy_requests")
"""Tables whose rows about a customer stay as they are, or get their token by other means."""

Renamed = Callable[[str, str], str]
"""Kind (`customer`, `decision`, `delivery`, …) and name to the random name in its place."""

_DELETED = (
    "contacts",
    "subject_keys",
    "consent_words",
    "delivery_steps",
    "idempotency_keys",
    "inbox_outcomes",
    "reviews",
)


def erase_in(
    session: Session, subject: Subject, renamed: Renamed, *, keep: bool, clock: datetime
) -> dict[str, int]:
    """Take a customer out of every table; the number of rows of each that were about them.

    Parameters
    ----------
    renamed: the random name in place of theirs; the same for the same name until the work is done.
    keep: whether the rows of which sums are made stay, under those names.

    What is queued must be cancelled before (`campaigns.objecting`). Raises UsageError while something is
    being sent: its end must be known first.
    """
    _nothing_under_way(session, subject)
    found = {name: keys_in(session, name, subject) for name in named_rows(STORE) if name not in KEPT}
    shred_in(session, subject.customer_id, named=renamed("token", subject.customer_id))
    for name, row_keys in found.items():
        if name in _DELETED:
            _delete(session, name, row_keys)
    _delete_protected(session, "review_steps", found["review_steps"])
    for name in ("budget_entries", "decision_fates", "cancel_moments", "responses", "deliveries"):
        if keep:
            _rename(session, name, found[name], renamed, clock)
        else:
            _delete(session, name, found[name])
    _replan(session, subject, [key[0] for key in found["campaigns"]])
    _without_events(session, subject, [key[0] for key in found["inbox_events"]])
    end_jobs_in(session, [key[0] for key in found["prediction_jobs"]])
    counts = {name: len(row_keys) for name, row_keys in sorted(found.items())}
    if rows := sum(counts.values()):
        on_record(session, "privacy.erased", "erased", renamed("token", subject.customer_id), rows=rows)
    return counts


def _nothing_under_way(session: Session, subject: Subject) -> None:
    table = table_named("deliveries")
    under_way = select(table.c.delivery_id).where(
        table.c.customer_id == subject.customer_id, table.c.state.in_(("queued", "sending"))
    )
    found = list(session.scalars(under_way))
    if found:
        raise UsageError(
            f"{len(found)} deliveries to the customer are under way.",
            where="outbox",
            fix="Try again in a minute; a worker that was lost is noticed after delivery.lease_seconds.",
        )


def _where(name: str, key: tuple[Any, ...]) -> Any:
    columns = table_named(name).primary_key.columns
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))


def _delete(session: Session, name: str, row_keys: list[tuple[Any, ...]]) -> None:
    for key in row_keys:
        session.execute(delete(table_named(name)).where(_where(name, key)))


def _delete_protected(session: Session, name: str, row_keys: list[tuple[Any, ...]]) -> None:
    """The same in a history that refuses it."""
    if row_keys:
        with unprotected(session, name):
            _delete(session, name, row_keys)


def _rename(
    session: Session, name: str, row_keys: list[tuple[Any, ...]], renamed: Renamed, clock: datetime
) -> None:
    table = table_named(name)
    for key in row_keys:
        row = session.execute(select(table).where(_where(name, key))).mappings().one()
        values = _anonymous(name, dict(row), renamed, naive(clock))
        session.execute(update(table).where(_where(name, key)).values(**values))


def _anonymous(name: str, row: dict[str, Any], renamed: Renamed, now: datetime) -> dict[str, Any]:
    """What a row becomes: names are random, what describes the person is gone, sums and states stay."""
    ids = {
        column: renamed(kind, row[column])
        for column, kind in (
            ("customer_id", "customer"),
            ("decision_id", "decision"),
            ("delivery_id", "delivery"),
            ("after", "delivery"),
            ("occasion_id", "occasion"),
            ("repeats", "occasion"),
        )
        if row.get(column) is not None
    }
    if name == "deliveries":
        offer = (row["content"] or {}).get("incentive")
        content = {} if offer is None else {"incentive": {"id": offer["id"]}}
        return {**ids, "content": content, "request": None, "reference": None, "reason": "", "owner": None}
    if name == "responses":
        gone = {"reference": None, "recipient": None}
        return {**ids, **gone, "response_id": renamed("response", row["response_id"])}
    if name == "cancel_moments":
        return {**ids, "receipt": None, "planned_at": row["planned_at"] or now, "collected": row["changed"]}
    return ids


def _replan(session: Session, subject: Subject, campaigns: list[str]) -> None:
    """Take the customer's part out of plans. What was approved stays approved: it lost a part, and that is on
    record with both hashes."""
    table = table_named("campaigns")
    for campaign_id in campaigns:
        where = table.c.campaign_id == campaign_id
        row = session.execute(
            select(table.c.plan, table.c.plan_sha256, table.c.approved_sha256).where(where)
        ).one()
        body = json.loads(bytes(row.plan))
        body["actions"] = [one for one in body["actions"] if one["customer_id"] != subject.customer_id]
        plan = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        sha256 = hashlib.sha256(plan).hexdigest()
        approved = sha256 if row.approved_sha256 == row.plan_sha256 else row.approved_sha256
        session.execute(
            update(table).where(where).values(plan=plan, plan_sha256=sha256, approved_sha256=approved)
        )
        on_record(
            session,
            "campaign.part_erased",
            "campaign",
            campaign_id,
            before=row.plan_sha256,
            plan_sha256=sha256,
        )


def _without_events(session: Session, subject: Subject, reports: list[int]) -> None:
    """Take the customer's events out of reports that wait; how many were received stays as it was."""
    table = table_named("inbox_events")
    for number in reports:
        where = table.c.number == number
        content = session.scalar(select(table.c.content).where(where))
        bodies = json.loads(zlib.decompress(content or zlib.compress(b"[]")))
        left = [one for one in bodies if one.get("customer_id") != subject.customer_id]
        packed = zlib.compress(json.dumps(left).encode(), level=1)
        session.execute(update(table).where(where).values(content=packed))


def end_jobs_in(session: Session, job_ids: Sequence[str]) -> None:
    """End jobs of predictions whose files hold a customer who is erased, within the caller's transaction.

    They can be asked for again, and then without them.
    """
    table = table_named("prediction_jobs")
    mine = table.c.job_id.in_(list(job_ids))
    session.execute(update(table).where(mine).values(place=None))
    over = {"done": "expired", "queued": "failed", "running": "failed"}
    for state, after in over.items():
        why = None if after == "expired" else "A customer of the list was erased: ask again."
        session.execute(update(table).where(mine, table.c.state == state).values(state=after, error=why))


def end_jobs_under_way_in(session: Session) -> None:
    """End jobs that read the files of runs as they were before somebody was taken out of them.

    A job by a list of ids has them in its own file, and is ended by that.
    """
    table = table_named("prediction_jobs")
    running = session.execute(select(table.c.job_id, table.c.asked).where(table.c.state == "running"))
    end_jobs_in(session, [row.job_id for row in running if row.asked["kind"] == "filter"])


def scrub(store: Store) -> None:
    """Overwrite what deleted rows left in the database's own pages.

    A file is written anew. PostgreSQL gives the pages of these tables back; its log and its backups are the
    server's own.
    """
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return
    names = sorted(name for name, place in STORE.items() if isinstance(place, Linked) and name != "audit")
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in names:
            connection.execute(text(f"VACUUM (FULL) {name}"))
