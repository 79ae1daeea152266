"""What the store knows of customers over time: every kind, in one order, page by page, many at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import event

from retinue.store import Store, cancel_moments, consents, inbox, responses
from retinue.store.deliveries import Draft
from retinue.store.outbox import draft_in, settle_in
from retinue.store.reviews import Ask, ask_in, note_in
from retinue.store.timeline import Entry, entries

NOW = datetime(2026, 2, 14, 9)
KINDS = {
    "cancel_choice",
    "cancel_request",
    "consent",
    "delivery",
    "outcome",
    "response",
    "review",
    "review_asked",
}


class News(NamedTuple):
    """As a channel tells it."""

    response_id: str
    delivery_id: str | None
    reference: str | None = None
    kind: str = "opened"
    at: datetime = NOW
    recipient: str | None = None
    cents: int | None = None
    currency: str | None = None


def live(store: Store, customer: str) -> None:
    """One thing of each kind for a customer, all at the same moment but for the first delivery."""
    mine, later = f"dec_{customer}", NOW + timedelta(days=3)
    times: dict[str, Any] = {"planned_at": NOW, "due_at": NOW, "expires_at": later}
    drafts = [
        Draft(f"dlv_{n}_{customer}", mine, "CAMP_1", customer, "email", "message", "retention", 0, **times)
        for n in (1, 2)
    ]
    with store.transaction() as session:
        draft_in(session, drafts[:1], clock=NOW - timedelta(hours=1))
        draft_in(session, drafts[1:], clock=NOW)
        ask_in(session, [Ask(mine, "CAMP_1", customer, True, 1, 5, {}, {}, later, later)], clock=NOW)
        note_in(session, mine, "assigned", who="ada", clock=NOW, reason="knows them", assigned_to="bob")
        told = {"customer_id": customer, "retained": True, "observed_at": "2026-02-13T08:00:00+00:00"}
        inbox.keep(session, [told], now=NOW)
    responses.keep(store, "email", [News(f"r_{customer}", f"dlv_1_{customer}")], now=NOW)
    word = consents.Word(f"w_{customer}", customer, "email", "marketing", False, NOW, NOW)
    consents.say(store, [word])
    shown = cancel_moments.Moment(f"occ_{customer}", customer, NOW, "offer", "r", offer={"id": "credit"})
    cancel_moments.opened(store, shown)
    cancel_moments.choose(store, f"occ_{customer}", "accepted", now=NOW)


def test_every_kind_is_there_in_order_and_pages_neither_repeat_nor_skip(store: Store) -> None:
    live(store, "C1")
    whole = entries(store, ["C1"], limit=100)["C1"]
    assert {one.kind for one in whole} == KINDS
    assert [one.kind for one in whole[:-1]] == sorted(one.kind for one in whole[:-1])  # the same moment
    assert (whole[-1].kind, whole[-1].delivery_id) == ("delivery", "dlv_1_C1")
    assert all(
        second.after(first.place) and not first.after(second.place) for first, second in pairwise(whole)
    )
    for size in (1, 2, 3):
        found: list[Entry] = []
        while page := entries(store, ["C1"], limit=size, before=found[-1].place if found else None):
            found += page["C1"]
        assert found == whole


def test_many_customers_take_as_many_queries_as_one_and_get_their_own(store: Store) -> None:
    for customer in ("C1", "C2"):
        live(store, customer)
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    one = entries(store, ["C2"], limit=3)
    queries = len(asked)
    both = entries(store, ["C1", "C2", "nobody"], limit=3)
    assert len(asked) == 2 * queries
    assert both.keys() == {"C1", "C2"}
    assert both["C2"] == one["C2"]
    assert [len(found) for found in both.values()] == [3, 3]
    assert {one.customer_id for one in both["C1"]} == {"C1"}


def test_news_that_names_no_delivery_is_found_by_its_reference(store: Store) -> None:
    live(store, "C1")
    with store.transaction() as session:
        settle_in(session, "dlv_2_C1", "sent", clock=NOW, reference="msg_7")
    responses.keep(store, "email", [News("r_2", None, "msg_7", "clicked")], now=NOW)
    found = [one for one in entries(store, ["C1"], limit=100)["C1"] if one.kind == "response"]
    assert {one.what: one.delivery_id for one in found} == {"opened": "dlv_1_C1", "clicked": "dlv_2_C1"}
