"""News from a channel is acted on at once: no more to who does not want it, and what was unknown is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.campaigns.witness import KEY, Business, Witness, action

from retinue.campaigns.consent_now import may_contact_now
from retinue.campaigns.requests import Requests
from retinue.campaigns.responding import Reaction
from retinue.channels import Response, Unsure
from retinue.store.consents import words_of_one
from retinue.store.deliveries import list_deliveries
from retinue.store.responses import keep, of_delivery
from retinue.store.suppression import list_suppressed


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path, [Witness(keys=False)])
    yield made
    made.store.close()


def tell(b: Business, *news: Response) -> int:
    requests = Requests(b.store, b.channels, b.settings, KEY)
    return keep(b.store, "email", news, now=b.now, then=Reaction(KEY, requests.kept, clock=b.now))


def sent(b: Business, n: int) -> str:
    b.start(action(n), campaign=f"CAMP_{n}")
    b.pump()
    return list_deliveries(b.store, decision_id=f"dec_{n}")[0].delivery_id


@pytest.mark.parametrize(
    ("kind", "objects"), [("bounced", False), ("complained", True), ("unsubscribed", True)]
)
def test_who_does_not_want_it_gets_no_more(b: Business, kind: str, objects: bool) -> None:
    name = sent(b, 1)
    news = Response("n1", kind, b.now, delivery_id=name)  # type: ignore[arg-type]
    assert (tell(b, news), tell(b, news)) == (1, 0)
    assert [row["reason"] for row in list_suppressed(b.store)] == [kind]
    words = words_of_one(b.store, "C1")
    assert len(words) == objects
    assert may_contact_now(words, "email", "retention", b.now) is not objects
    b.start({**action(2), "customer_id": "C1"}, campaign="CAMP_2")
    b.pump()
    assert len(b.channels["email"].calls) == 1


def test_news_without_a_delivery_names_the_address(b: Business) -> None:
    tell(b, Response("n1", "bounced", b.now, recipient="C7@example.org"))
    b.start(action(7))
    b.pump()
    assert b.channels["email"].calls == []


def test_what_nobody_knew_is_proven_by_what_the_customer_did(b: Business) -> None:
    b.channels["email"].plan = [("after", Unsure("no answer"))]
    name = sent(b, 1)
    assert b.states() == {"dec_1/email": "unknown"}
    tell(b, Response("n1", "opened", b.now, delivery_id=name))
    assert b.states() == {"dec_1/email": "sent"}
    assert [told.kind for told in of_delivery(b.store, name)] == ["opened"]


def test_news_of_a_delivery_by_its_reference(b: Business) -> None:
    name = sent(b, 1)
    tell(b, Response("n1", "complained", b.now, reference=f"ref-{name}"))
    assert not may_contact_now(words_of_one(b.store, "C1"), "email", "retention", b.now)


def test_a_failure_told_later_does_not_undo_what_was_sent(b: Business) -> None:
    name = sent(b, 1)
    tell(b, Response("n1", "failed", b.now, delivery_id=name))
    assert b.states() == {"dec_1/email": "sent"}
