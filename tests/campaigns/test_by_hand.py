"""What a person orders goes out once, under the gates of everything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.witness import KEY, Business, Witness

from retinue.campaigns.by_hand import Ordered, ordered
from retinue.channels import Order, Prepared, Refused
from retinue.errors import UsageError
from retinue.store.campaigns import campaign_of
from retinue.store.consents import Word, say
from retinue.store.contacts import Known
from retinue.store.deliveries import delivery_of, list_deliveries
from retinue.store.suppression import suppress


class Recovery(Witness):
    """Needs an invoice among the facts, as payment recovery does."""

    def prepare(self, order: Order, contact: Any, message: Any) -> Prepared:
        if "invoice" not in order.facts:
            raise Refused("the invoice is not known")
        return Prepared(contact.ids["stripe"], {"invoice": order.facts["invoice"]})


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    channels = [
        Witness(),
        Recovery("recovery", kind="recovery", needs="ids.stripe"),
        Witness("coupons", kind="grant", needs="ids.stripe"),
        Witness("crm", kind="task", needs=""),
    ]
    made = Business(tmp_path, channels)
    made.know(Known("C1", name="Ada", email="ada@example.org", ids={"stripe": "cus_1"}))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "card.txt").write_text(
        "Subject: Your card\n\n{{ name }}: {{ facts.invoice }}\n"
    )
    (tmp_path / "templates" / "offer.txt").write_text("Subject: An offer\n\nAn offer.\n")
    yield made
    made.store.close()


def order(b: Business, channel: str = "recovery", customer: str = "C1", **given: Any) -> Ordered:
    asked = {"facts": {"invoice": "in_1"}, "template": None, "purpose": "service", "who": "ada", **given}
    return ordered(
        b.store, b.channels, b.settings, KEY, channel=channel, customer_id=customer, now=b.now, **asked
    )


def test_a_payment_is_tried_again_once_however_often_it_is_ordered(b: Business) -> None:
    first = order(b)
    assert first.new
    assert order(b) == Ordered(first.delivery_id, "BY_HAND_2026_02_14", new=False)
    b.pump()
    assert order(b).new is False, "sent, it is still the same order"
    assert b.channels["recovery"].calls == [(first.delivery_id, "cus_1", {"invoice": "in_1"})]
    found = delivery_of(b.store, first.delivery_id)
    assert found is not None
    assert (found.state, found.kind, found.content["ordered_by"]) == ("sent", "recovery", "ada")
    assert campaign_of(b.store, first.campaign_id).state == "running"


def test_another_invoice_another_day_and_again_are_others(b: Business) -> None:
    names = {
        order(b).delivery_id,
        order(b, facts={"invoice": "in_2"}).delivery_id,
        order(b, again=True).delivery_id,
        order(b, again=True).delivery_id,
    }
    assert order(b).new is False
    b.pass_time(days=1)
    names.add(order(b).delivery_id)
    assert len(names) == len(list_deliveries(b.store)) == 5


def test_a_message_has_the_words_of_its_template_and_the_gates_of_all(b: Business) -> None:
    order(b, "email", template="card")
    b.pump()
    assert b.channels["email"].calls[0][2]["text"] == "Ada: in_1\n"
    say(b.store, [Word("w", "C1", "email", "service", False, b.now, b.now)])
    order(b, "email", template="card", facts={"invoice": "in_2"})
    b.pump()
    states = sorted(d.state for d in list_deliveries(b.store))
    assert states == ["sent", "withheld"]


def test_a_suppressed_address_gets_nothing(b: Business) -> None:
    suppress(b.store, "ada@example.org", "bounced", KEY, clock=b.now)
    order(b, "email", template="card")
    b.pump()
    assert [d.state for d in list_deliveries(b.store)] == ["withheld"]


def test_a_task_needs_no_template(b: Business) -> None:
    order(b, "crm", "C9", facts={})
    b.pump()
    assert [d.state for d in list_deliveries(b.store)] == ["sent"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"channel": "nowhere"}, "no channel 'nowhere'"),
        ({"channel": "coupons"}, "gives incentives"),
        ({"channel": "email"}, "needs words"),
        ({"channel": "email", "template": "carrd"}, "no template 'carrd'"),
        ({"channel": "email", "template": "../card"}, "no template"),
        ({"customer": "C9"}, "No id in stripe is known"),
        ({"facts": {}}, "the invoice is not known"),
        ({"facts": {"invoice": "in_1", "to": "bob@example.org"}}, "kept in the clear"),
        ({"purpose": "promised"}, "is the purpose of offers that were accepted"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_at_once(
    b: Business, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        order(b, **given)
    assert "example.org" not in str(caught.value)
    assert list_deliveries(b.store) == []


def test_with_delivery_off_nothing_is_ordered(tmp_path: Path) -> None:
    b = Business(tmp_path / "off", [Witness("crm", kind="task", needs="")], mode="off")
    with pytest.raises(UsageError, match="Delivery is off"):
        order(b, "crm", facts={})
    b.store.close()
