"""Requests of customers in the store, and a customer taken out of every table of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from retinue.channels.base import Response
from retinue.errors import NotFoundError, StateError, UsageError
from retinue.privacy.erased import ERASED, RandomNames
from retinue.privacy.places import STORE, Linked
from retinue.store import (
    Store,
    cancel_moments,
    consents,
    contacts,
    inbox,
    inbox_events,
    ledger,
    outbox,
    responses,
    reviews,
)
from retinue.store.audit.record import on_record
from retinue.store.audit.verify import verify
from retinue.store.base import Base
from retinue.store.deliveries import Draft, list_deliveries
from retinue.store.erasing import KEPT, erase_in, scrub
from retinue.store.figures import figures
from retinue.store.idempotency import claim, finish
from retinue.store.prediction_jobs import open_job
from retinue.store.privacy_requests import (
    ask,
    close,
    due_within,
    list_requests,
    month_after,
    note_progress,
    renamed_in,
    request_of,
)
from retinue.store.subjects import rows_in, subject_of

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
DAY = NOW.replace(tzinfo=None)
NAMES = RandomNames(b"s" * 32)
CANARY = "zeb.canary@example.org"


def renamed(kind: str, name: str) -> str:
    return "gone_1" if kind == "token" else NAMES(kind, name)


def test_a_request_is_due_a_month_after_it_was_received_and_is_told_when_it_is_near(store: Store) -> None:
    made = ask(store, "access", "C1", who="ada", clock=NOW + timedelta(days=3), received_at=NOW)
    assert (made.state, made.due_at) == ("open", datetime(2026, 2, 28, 9))
    assert month_after(datetime(2025, 12, 31)) == datetime(2026, 1, 31)
    assert due_within(store, datetime(2026, 2, 27, tzinfo=UTC)) == 0
    assert due_within(store, datetime(2026, 3, 1, tzinfo=UTC)) == 1
    close(store, made.request_id, who="bob", clock=NOW, result_sha256="ab")
    assert due_within(store, datetime(2026, 3, 1, tzinfo=UTC)) == 0


def test_nobody_moves_the_due_date_by_a_day_that_has_not_come(store: Store) -> None:
    with pytest.raises(UsageError, match="future"):
        ask(store, "access", "C1", who="dpo", clock=NOW, received_at=NOW + timedelta(seconds=1))
    assert list_requests(store) == []


def test_what_is_only_for_the_work_is_forgotten_when_it_is_done(store: Store) -> None:
    made = ask(store, "erasure", "C1", who="ada", clock=NOW, reason="She asked.")
    note_progress(store, made.request_id, who="bob", _salt="secret", before={"x": 1})
    assert request_of(store, made.request_id).detail == {"_salt": "secret", "before": {"x": 1}}
    assert "_salt" not in request_of(store, made.request_id).as_dict()["detail"]
    done = close(store, made.request_id, who="bob", clock=NOW, certificate="c")
    assert done.detail == {"before": {"x": 1}, "certificate": "c"}
    assert close(store, made.request_id, who="eve", clock=NOW, state="refused") == done
    with pytest.raises(StateError, match="closed: done"):
        note_progress(store, made.request_id, who="eve")
    with store.transaction() as session:
        assert renamed_in(session, "C1", "gone_1") == 1
    assert [(r.customer_id, r.reason) for r in list_requests(store)] == [("gone_1", "")]
    with pytest.raises(NotFoundError, match="no request prv_0"):
        request_of(store, "prv_0")


def fill(store: Store, customer: str, n: int) -> None:
    """A row about a customer in every table that leads to one."""
    decision, delivery = f"dec_{n}", f"dlv_{n}"
    contacts.keep_contacts(store, [contacts.Known(customer, email=CANARY)], clock=NOW)
    word = consents.Word(f"w{n}", customer, "email", "marketing", True, DAY, DAY)
    consents.say(store, [word])
    ledger.reserve(store, "run", [ledger.Claim(decision, "Basic", 500)], ledger.Grant(), as_of=NOW)
    ledger.spend(store, [decision])
    about = (decision, "CAMP_1", customer, "email", "message", "retention", 500)
    content = {"incentive": {"id": "credit", "type": "fixed_credit"}, "facts": {"name": CANARY}}
    expires = NOW + timedelta(days=3)
    draft = Draft(delivery, *about, planned_at=NOW, due_at=NOW, expires_at=expires, content=content)
    case = reviews.Ask(
        decision, "CAMP_1", customer, False, 1, 500, {}, {"id": "credit"}, NOW, NOW + timedelta(days=3)
    )
    with store.transaction() as session:
        outbox.draft_in(session, [draft], clock=NOW)
        outbox.settle_in(session, delivery, "sending", clock=NOW, request=CANARY.encode(), reference=f"r{n}")
        outbox.settle_in(session, delivery, "sent", clock=NOW, cost_cents=7)
        reviews.ask_in(session, [case], clock=NOW)
        reviews.note_in(session, decision, "rejected", who="a", clock=NOW, reason=CANARY, state="rejected")
        inbox.keep(session, [{"customer_id": customer, "decision_id": decision}], now=NOW)
    shared = [{"customer_id": c, "event_id": f"{c}{n}"} for c in ("C1", "C2")]
    jobs = Base.metadata.tables["prediction_jobs"]
    open_job(store, f"prj_{n}", owner="a", run="CAMP_1", asked={"kind": "ids"}, total=2, clock=NOW)
    with store.transaction() as session:
        inbox_events.keep(session, shared, now=NOW)
        session.execute(jobs.update().where(jobs.c.job_id == f"prj_{n}").values(place=[customer, n]))
    news = Response(
        f"n{n}", "redeemed", NOW, delivery_id=delivery, recipient=CANARY, cents=500, currency="EUR"
    )
    responses.keep(store, "email", [news], now=NOW, token=lambda _: f"tok_{n:032}")
    moment = cancel_moments.Moment(
        f"occ_{n}",
        customer,
        DAY,
        "offer",
        "r",
        offer={"id": "x"},
        decision_id=decision,
        receipt=CANARY.encode(),
    )
    cancel_moments.opened(store, moment)
    claim(store, "act", f"k{n}", "b", now=NOW)
    with store.transaction() as session:
        finish(session, "act", f"k{n}", status=200, answer=f'{{"customer_id":"{customer}"}}')
    from retinue.store.fates import tell

    tell(store, "CAMP_1", {decision: True})


def contents(store: Store) -> dict[str, str]:
    """Every table as text, bytes included."""
    with store.reading() as session:
        return {
            name: "\n".join(str(tuple(row)) for row in session.execute(select(table)))
            for name, table in Base.metadata.tables.items()
        }


def sums(store: Store) -> dict[str, Any]:
    from retinue.outcomes.costs import costs

    now = figures(store, NOW + timedelta(days=1))
    left = ledger.left_of(store, NOW, ledger.Grant(month_cents=10_000)).month_cents
    return {
        "deliveries": now.deliveries,
        "incurred": now.incurred_30d_cents,
        "left": left,
        "costs": [row.as_dict() for row in costs(store, currency="EUR")],
        "moments": cancel_moments.summary(store),
        "responses": responses.counts(store),
    }


def test_somebody_who_is_erased_is_in_no_table_and_sums_are_what_they_were(store: Store) -> None:
    for n, customer in ((1, "C1"), (2, "C2")):
        fill(store, customer, n)
    before, others = sums(store), rows_of(store, "C2")
    assert len(others["inbox_events"]) == 2
    subject = subject_of(store, "C1")
    found = dict(rows_about(store, "C1"))
    linked = {name for name, place in STORE.items() if isinstance(place, Linked)}
    assert {name for name, rows in found.items() if not rows} <= {
        "campaigns",
        "privacy_requests",
        "suppressed",
    }
    assert set(found) == linked
    with store.transaction() as session:
        counts = erase_in(session, subject, renamed, keep=True, clock=NOW)
    scrub(store)
    assert counts["deliveries"] == 1
    assert sums(store) == before
    assert rows_of(store, "C2") == others
    text = contents(store)
    assert [name for name in text if "'C1'" in text[name] and name not in KEPT] == []
    assert [name for name in text if "dec_1" in text[name] and name not in KEPT] == []
    assert all(d.request is None for d in list_deliveries(store) if d.customer_id.startswith(ERASED))
    waiting = [one for report in inbox_events.waiting(store) for one in report.bodies]
    assert [one["customer_id"] for one in waiting] == ["C2", "C2"]
    assert inbox_events.counts(store)["received"] == 4
    assert text["deliveries"].count(CANARY) == 2  # the words and the request of the other
    assert verify(store).whole
    with store.transaction() as session:
        again = erase_in(session, subject_of(store, "C1"), renamed, keep=True, clock=NOW)
    assert sum(again.values()) == 0


def test_without_aggregates_nothing_stays_at_all(store: Store) -> None:
    fill(store, "C1", 1)
    with store.transaction() as session:
        erase_in(session, subject_of(store, "C1"), renamed, keep=False, clock=NOW)
    assert {name: rows for name, rows in rows_about(store, "C1") if rows and name != "audit"} == {}
    assert list_deliveries(store) == []


def test_nobody_is_erased_while_something_is_being_sent_to_them(store: Store) -> None:
    fill(store, "C1", 1)
    with store.transaction() as session:
        outbox.settle_in(session, "dlv_1", "sending", clock=NOW)
    with pytest.raises(UsageError, match="under way"), store.transaction() as session:
        erase_in(session, subject_of(store, "C1"), renamed, keep=True, clock=NOW)
    assert dict(rows_about(store, "C1"))["contacts"]


def test_the_history_of_reviews_is_protected_again_afterwards(store: Store) -> None:
    fill(store, "C1", 1)
    fill(store, "C2", 2)
    with store.transaction() as session:
        erase_in(session, subject_of(store, "C1"), renamed, keep=True, clock=NOW)
    steps = Base.metadata.tables["review_steps"]
    with pytest.raises(Exception, match="only ever added to"), store.transaction() as session:
        session.execute(steps.delete())


def test_however_many_decisions_there_were_each_record_is_found_once(store: Store) -> None:
    decisions = [f"dec_{n:04}" for n in range(450)]
    claim(store, "act:x", "k", "0" * 64, now=NOW)
    with store.transaction() as session:
        for name in decisions:
            on_record(session, "decision.made", "decision", name)
        on_record(session, "review.asked", "review", "dec_0001", customer_id="C1")
        finish(session, "act:x", "k", status=200, answer=json.dumps([decisions[0], decisions[-1]]))
    with store.reading() as session:
        found = dict(rows_in(session, subject_of(store, "C1", decisions=decisions)))
    assert len(found["audit"]) == len({row["number"] for row in found["audit"]}) == 451
    assert len(found["idempotency_keys"]) == 1


def rows_about(store: Store, customer: str) -> list[tuple[str, list[dict[str, Any]]]]:
    with store.reading() as session:
        return list(rows_in(session, subject_of(store, customer)))


def rows_of(store: Store, customer: str) -> dict[str, Any]:
    return {name: rows for name, rows in rows_about(store, customer) if name != "audit"}
