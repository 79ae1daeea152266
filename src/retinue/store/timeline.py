"""What the store knows of a customer over time: deliveries, responses, cases, outcomes, words on consent,
and the cancel button.

One query for each kind of entry, whatever the number of customers. The order is newest first; at the same
time by kind, then by the entry's own key, the later one first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal, null, or_, select

from retinue.store.accounts import naive
from retinue.store.base import Store, declared

__all__ = ["Entry", "Place", "entries", "in_order"]

_AT_ONCE = 500
_COMMON = ("customer_id", "at", "key", "what", "campaign_id", "decision_id", "delivery_id", "channel")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the time (naive UTC), kind and key of its last entry."""

    at: datetime
    kind: str
    key: int | str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a customer; the time is naive UTC.

    key: tells entries of one kind apart. what: the state, the answer or the choice. detail: by kind.
    """

    customer_id: str
    at: datetime
    kind: str
    key: int | str
    what: str
    campaign_id: str | None = None
    decision_id: str | None = None
    delivery_id: str | None = None
    channel: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where a page that ends with it ends."""
        return Place(self.at, self.kind, self.key)

    def after(self, place: Place) -> bool:
        """Whether it stands behind a place in the order."""
        if self.at != place.at:
            return self.at < place.at
        if self.kind != place.kind:
            return self.kind > place.kind
        return bool(self.key < place.key)  # type: ignore[operator]  # of one kind, keys are of one type


def in_order(found: Iterable[Entry]) -> list[Entry]:
    """Newest first; at the same time by kind, then the later key first.

    >>> noon = datetime(2026, 2, 14, 12)
    >>> [one.key for one in in_order([Entry("C1", noon, "review", key, "asked") for key in (1, 3, 2)])]
    [3, 2, 1]
    """
    by_key = sorted(found, key=lambda one: (one.kind, one.key), reverse=True)
    by_kind = sorted(by_key, key=lambda one: one.kind)
    return sorted(by_kind, key=lambda one: one.at, reverse=True)


def entries(
    store: Store,
    customers: Collection[str],
    *,
    limit: int,
    before: Place | None = None,
    kinds: Collection[str] = (),
) -> dict[str, list[Entry]]:
    """The newest entries of each of these customers behind a place, in order, at most `limit` of each.

    kinds: of these alone; without any, of all. A customer of whom nothing is known is not in the answer.
    """
    found: dict[str, list[Entry]] = {}
    names = sorted(set(customers))
    with store.reading() as session:
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            for kind, query in _kinds(part).items():
                if kinds and kind not in kinds:
                    continue
                for row in session.execute(_newest(query, kind, limit, before)).mappings():
                    found.setdefault(row["customer_id"], []).append(_entry(kind, dict(row)))
    return {name: in_order(found[name])[:limit] for name in names if name in found}


def _newest(query: Select[Any], kind: str, limit: int, before: Place | None) -> Select[Any]:
    """The newest rows of each customer behind a place."""
    rows = query.subquery()
    place = func.row_number().over(
        partition_by=rows.c.customer_id, order_by=(rows.c.at.desc(), rows.c.key.desc())
    )
    numbered = select(rows, place.label("place"))
    if before is not None:
        numbered = numbered.where(_behind(rows.c, kind, before))
    found = numbered.subquery()
    return select(found).where(found.c.place <= limit)


def _behind(columns: Any, kind: str, before: Place) -> ColumnElement[bool]:
    at = naive(before.at)
    earlier: ColumnElement[bool] = columns.at < at
    if kind < before.kind:
        return earlier
    if kind > before.kind:
        return or_(earlier, columns.at == at)
    return or_(earlier, and_(columns.at == at, columns.key < before.key))


def _entry(kind: str, row: Mapping[str, Any]) -> Entry:
    detail = {name: value for name, value in row.items() if name not in (*_COMMON, "place")}
    return Entry(kind=kind, detail=detail, **{name: row[name] for name in _COMMON})


def _kinds(customers: list[str]) -> dict[str, Select[Any]]:
    return {
        "cancel_choice": _cancel_choices(customers),
        "cancel_request": _cancel_requests(customers),
        "consent": _consents(customers),
        "delivery": _deliveries(customers),
        "outcome": _outcomes(customers),
        "response": _responses(customers),
        "review": _reviews(customers),
        "review_asked": _asked(customers),
    }


def _table(name: str) -> Table:
    return declared().metadata.tables[name]


def _common(customer: Any, at: Any, key: Any, what: Any, **known: Any) -> list[ColumnElement[Any]]:
    """The columns that every kind has; those that are not known are null."""
    given = {"customer_id": customer, "at": at, "key": key, "what": what, **known}
    return [given.get(name, null()).label(name) for name in _COMMON]


def _deliveries(customers: list[str]) -> Select[Any]:
    steps, held = _table("delivery_steps").c, _table("deliveries").c
    common = _common(
        held.customer_id,
        steps.at,
        steps.number,
        steps.state,
        campaign_id=held.campaign_id,
        decision_id=held.decision_id,
        delivery_id=held.delivery_id,
        channel=held.channel,
    )
    joined = _table("deliveries").join(_table("delivery_steps"), steps.delivery_id == held.delivery_id)
    more = (held.kind.label("delivers"), held.purpose, steps.before, steps.reason)
    return select(*common, *more).select_from(joined).where(held.customer_id.in_(customers))


def _responses(customers: list[str]) -> Select[Any]:
    told, held = _table("responses").c, _table("deliveries").c
    common = _common(
        held.customer_id,
        told.at,
        (told.channel + "/" + told.response_id),
        told.kind,
        campaign_id=held.campaign_id,
        decision_id=held.decision_id,
        delivery_id=held.delivery_id,
        channel=told.channel,
    )
    theirs = or_(
        told.delivery_id == held.delivery_id,
        and_(told.delivery_id.is_(None), told.reference == held.reference),
    )
    joined = _table("deliveries").join(_table("responses"), theirs)
    return (
        select(*common, told.cents, told.currency).select_from(joined).where(held.customer_id.in_(customers))
    )


def _asked(customers: list[str]) -> Select[Any]:
    case = _table("reviews").c
    common = _common(
        case.customer_id,
        case.asked_at,
        case.decision_id,
        literal("asked"),
        campaign_id=case.campaign_id,
        decision_id=case.decision_id,
    )
    return select(*common, case.urgent, case.due_at).where(case.customer_id.in_(customers))


def _reviews(customers: list[str]) -> Select[Any]:
    case, step = _table("reviews").c, _table("review_steps").c
    common = _common(
        case.customer_id,
        step.at,
        step.number,
        step.what,
        campaign_id=case.campaign_id,
        decision_id=case.decision_id,
    )
    joined = _table("reviews").join(_table("review_steps"), step.decision_id == case.decision_id)
    query = select(*common, step.who, step.reason).select_from(joined)
    return query.where(case.customer_id.in_(customers))


def _outcomes(customers: list[str]) -> Select[Any]:
    told = _table("inbox_outcomes").c
    common = _common(told.customer_id, told.received_at, told.number, literal("reported"))
    return select(*common, told.outcome_id, told.body).where(told.customer_id.in_(customers))


def _consents(customers: list[str]) -> Select[Any]:
    word = _table("consent_words").c
    common = _common(word.customer_id, word.valid_from, word.number, literal("said"), channel=word.channel)
    return select(*common, word.purpose, word.granted).where(word.customer_id.in_(customers))


def _cancel_requests(customers: list[str]) -> Select[Any]:
    moment = _table("cancel_moments").c
    common = _common(
        moment.customer_id,
        moment.opened_at,
        moment.occasion_id,
        moment.answer,
        decision_id=moment.decision_id,
    )
    return select(*common, moment.reason, moment.rule, moment.offer).where(moment.customer_id.in_(customers))


def _cancel_choices(customers: list[str]) -> Select[Any]:
    moment = _table("cancel_moments").c
    common = _common(
        moment.customer_id,
        moment.chosen_at,
        moment.occasion_id,
        moment.choice,
        decision_id=moment.decision_id,
    )
    query = select(*common, moment.reason).where(moment.customer_id.in_(customers))
    return query.where(moment.choice.is_not(None), moment.chosen_at.is_not(None))
