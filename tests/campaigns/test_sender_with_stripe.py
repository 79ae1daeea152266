"""The sender and Stripe together: offers become real once, and customers are told only of those that did."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.witness import Business, Witness, action
from tests.channels.stripe_account import KEY, customers

from retinue.channels.stripe import StripeChannel
from retinue.store.deliveries import list_deliveries
from retinue.testing.doubles import Running, start

FAULTS: list[Any] = ["throttled", "error_before", "error_after", "dropped_before", "lost_answer", "garbage"]


@pytest.fixture
def double() -> Iterator[Running]:
    with start("stripe") as running:
        yield running


@pytest.fixture
def billing(double: Running) -> Iterator[StripeChannel]:
    raw = {"api_key": KEY, "base_url": double.url, "read_seconds": 1}
    made = StripeChannel.from_settings("stripe", raw, Path())
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["percentage_discount", "fixed_credit"])
def test_whatever_fails_each_offer_is_made_once(
    double: Running, billing: StripeChannel, tmp_path: Path, kind: str
) -> None:
    people = range(1, 13)
    customers(double, {f"cus_C{n}": f"sub_C{n}" for n in people if n != 7})
    email = Witness()
    business = Business(tmp_path, [email, billing], grants={kind: "stripe"}, most_tries=40)  # type: ignore[list-item]
    business.start(*(action(n, kind=kind) for n in people))
    dice = random.Random(3)
    double.set(at="/v1/")
    for n in range(30):
        if n < 12:
            double.inject(dice.choice(FAULTS), times=2)
        business.pump(owner=f"w{n}")
        business.pass_time(minutes=10)
    double.heal()
    business.pump(2)
    found = {d.decision_id: d for d in list_deliveries(business.store) if d.channel == "stripe"}
    effects = Counter(effect["key"] for effect in double.effects())
    made = {name for name, d in found.items() if d.state == "sent"}
    assert effects == {found[name].delivery_id: 1 for name in made}
    assert made == {f"dec_{n}" for n in people if n != 7}
    assert all(str(found[name].reference).startswith(("promo_", "cbtxn_")) for name in made)
    # The one whom Stripe does not know got nothing, and was told of nothing.
    assert found["dec_7"].state == "failed"
    assert {who for _, who, _ in email.calls} == {f"C{n}@example.org" for n in people if n != 7}
    business.store.close()
