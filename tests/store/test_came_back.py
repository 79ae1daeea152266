"""Messages and what came back of them, counted once for each kind however often it was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from retinue.store import Store
from retinue.store.came_back import CameBack, came_back
from retinue.store.deliveries import Draft
from retinue.store.outbox import draft_in, settle_in
from retinue.store.responses import keep

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@dataclass(frozen=True)
class News:
    response_id: str
    kind: str
    delivery_id: str | None = None
    reference: str | None = None
    at: datetime = NOW
    recipient: str | None = None
    cents: int | None = None
    currency: str | None = None


def put(
    store: Store,
    name: str,
    state: Any,
    *,
    kind: str = "message",
    of: str = "",
    at: datetime = NOW,
    **content: Any,
) -> None:
    times = {"planned_at": NOW, "due_at": NOW, "expires_at": NOW + timedelta(days=9)}
    draft = Draft(
        name, f"dec_{of or name}", "CAMP_1", "C1", "email", kind, "retention", 0, content=content, **times
    )
    with store.transaction() as session:
        draft_in(session, [draft], clock=NOW)
        if state is not None:
            settle_in(
                session, name, state, clock=at, first_try_at=at.replace(tzinfo=None), reference=f"ref_{name}"
            )


def test_each_kind_of_news_counts_once_a_message_by_day_offer_and_channel(store: Store) -> None:
    credit = {"incentive": {"id": "fixed_credit", "type": "fixed_credit"}}
    put(store, "d1", "sent", **credit)
    put(store, "d2", "sent", **credit)
    put(store, "d3", "failed", **credit)
    put(store, "d4", "sent", at=LATER)
    put(store, "d5", None, **credit)  # nobody has tried it yet
    put(store, "d6", "sent", kind="grant", of="d1", **credit)  # the code of the offer in d1, no message
    put(store, "d7", "sent", kind="grant", of="d3", **credit)
    news = [
        News("e1", "opened", "d1"),
        News("e2", "opened", "d1"),
        News("e3", "opened", None, "ref_d1"),
        News("e4", "opened", None, "ref_d2"),
        News("e5", "clicked", "d2"),
        News("e6", "unsubscribed", "d4"),
        News("e7", "opened", "unknown"),
        News("e8", "redeemed", "d6"),
        News("e9", "bounced", "d3"),  # it never went out, so it is none of those sent
        News("e10", "redeemed", "d7"),
    ]
    assert keep(store, "email", news, now=LATER) == len(news)
    first, second = date(2026, 2, 14), date(2026, 2, 15)
    assert set(came_back(store)) == {
        CameBack(first, "fixed_credit", "email", "messages", 3),
        CameBack(first, "fixed_credit", "email", "sent", 2),
        CameBack(first, "fixed_credit", "email", "opened", 2),
        CameBack(first, "fixed_credit", "email", "clicked", 1),
        CameBack(first, "fixed_credit", "email", "redeemed", 1),
        CameBack(second, "none", "email", "messages", 1),
        CameBack(second, "none", "email", "sent", 1),
        CameBack(second, "none", "email", "unsubscribed", 1),
    }


def test_without_messages_nothing_came_back(store: Store) -> None:
    assert came_back(store) == []
