"""All that the store keeps of one customer: found by the map of `retinue.privacy.places`, and read.

What was decided about a customer and sent to them leads on to tables without their id, so that the walk
begins with who they are (`subject_of`) and then asks every table.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast, or_, select
from sqlalchemy.orm import Session

from retinue.privacy.places import STORE, Linked, named_rows
from retinue.store.base import Base, Store

__all__ = ["Subject", "keys_in", "rows_in", "subject_in", "subject_of", "table_named"]

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer, and the names by which tables without their id know of them.

    decisions, deliveries: theirs. addresses: the tokens of their addresses, as `suppression` keeps them.
    """

    customer_id: str
    decisions: frozenset[str] = frozenset()
    deliveries: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def named(self, link: Linked) -> Sequence[str]:
        """The values of a column that mean this customer."""
        found: dict[str, Iterable[str]] = {
            "customer": (self.customer_id,),
            "decision": self.decisions,
            "delivery": self.deliveries,
            "address": self.addresses,
            "inside": (self.customer_id, *self.decisions),
        }
        return sorted(found[link.by])


def table_named(name: str) -> Table:
    """A table of the store."""
    return Base.metadata.tables[name]


def subject_of(
    store: Store, customer_id: str, *, decisions: Iterable[str] = (), addresses: Iterable[str] = ()
) -> Subject:
    """Who a customer is in the store. decisions: those that the warehouse and the runs' files know of.
    addresses: the tokens of their addresses."""
    with store.reading() as session:
        return subject_in(session, customer_id, decisions=decisions, addresses=addresses)


def subject_in(
    session: Session, customer_id: str, *, decisions: Iterable[str] = (), addresses: Iterable[str] = ()
) -> Subject:
    """The same within the caller's transaction."""
    known = set(decisions)
    for name in ("deliveries", "reviews", "cancel_moments"):
        table = table_named(name)
        query = select(table.c.decision_id).where(table.c.customer_id == customer_id)
        known |= {str(found) for found in session.scalars(query) if found is not None}
    table = table_named("deliveries")
    mine = select(table.c.delivery_id).where(table.c.customer_id == customer_id)
    return Subject(
        customer_id, frozenset(known), frozenset(map(str, session.scalars(mine))), frozenset(addresses)
    )


def rows_in(session: Session, subject: Subject) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every table that leads to a person, and what it holds of this one: columns as they are stored.

    A table without a row of theirs comes too, with none. Of a text that holds others beside them, only the
    part about them (`part`) is given.
    """
    for name, link in sorted(named_rows(STORE).items()):
        yield name, list(_rows(session, name, link, subject))


def keys_in(session: Session, name: str, subject: Subject) -> list[tuple[Any, ...]]:
    """The primary keys of the rows of a table that are about a customer."""
    table = table_named(name)
    link = named_rows(STORE)[name]
    found = _rows(session, name, link, subject)
    return [tuple(row[column.name] for column in table.primary_key.columns) for row in found]


def _rows(session: Session, name: str, link: Linked, subject: Subject) -> Iterator[dict[str, Any]]:
    table = table_named(name)
    if name in _PARTS:
        yield from _PARTS[name](session, table, subject)
        return
    seen: set[tuple[Any, ...]] = set()  # a row may hold several of their names
    for where in _wheres(table, name, link, subject):
        for row in session.execute(
            select(table).where(where).order_by(*table.primary_key.columns)
        ).mappings():
            body = dict(row)
            key = tuple(body[column.name] for column in table.primary_key.columns)
            if key in seen or (name in _HELD_INSIDE and not _HELD_INSIDE[name](body, subject)):
                continue
            seen.add(key)
            yield body


def _wheres(table: Table, name: str, link: Linked, subject: Subject) -> Iterator[ColumnElement[bool]]:
    column, values = table.c[link.column], subject.named(link)
    if name == "audit":
        # The object of a record is the customer, or a decision or delivery of theirs, or its detail names
        # them.
        values = [*values, *sorted(subject.decisions), *sorted(subject.deliveries)]
        yield cast(table.c.detail, Text).contains(json.dumps(subject.customer_id), autoescape=True)
    if link.by == "inside":
        text = cast(column, Text)
        for start in range(0, len(values), 100):
            yield or_(
                *(text.contains(json.dumps(value), autoescape=True) for value in values[start : start + 100])
            )
        return
    for start in range(0, len(values), _AT_ONCE):
        yield column.in_(values[start : start + _AT_ONCE])


def _plans(session: Session, table: Table, subject: Subject) -> Iterator[dict[str, Any]]:
    """The customer's part of each plan; plans are read one by one, since one may be large."""
    ids = list(session.scalars(select(table.c.campaign_id).where(table.c.plan.is_not(None))))
    wanted = json.dumps(subject.customer_id).encode()
    for campaign_id in sorted(ids):
        plan = session.scalar(select(table.c.plan).where(table.c.campaign_id == campaign_id))
        if plan is None or wanted not in bytes(plan):
            continue
        body = json.loads(bytes(plan))
        mine = [one for one in body["actions"] if one["customer_id"] == subject.customer_id]
        yield {"campaign_id": campaign_id, "part": mine}


def _events(session: Session, table: Table, subject: Subject) -> Iterator[dict[str, Any]]:
    """The customer's events among those that wait to be loaded, report by report."""
    query = select(table.c.number, table.c.content).where(table.c.content.is_not(None))
    for number, content in session.execute(query.order_by(table.c.number)):
        mine = [one for one in _unpacked(content) if one.get("customer_id") == subject.customer_id]
        if mine:
            yield {"number": number, "part": mine}


def _unpacked(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(zlib.decompress(content))
    return found


_PARTS = {"campaigns": _plans, "inbox_events": _events}
"""Tables of which a row holds others beside the customer: what is theirs of it."""


def _told_of(row: dict[str, Any], subject: Subject) -> bool:
    body = row["body"]
    return body.get("customer_id") == subject.customer_id or body.get("decision_id") in subject.decisions


_HELD_INSIDE = {"inbox_outcomes": _told_of}
"""Tables whose rows are looked into once more, since the text alone may mean another."""
