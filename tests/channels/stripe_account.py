"""A customer in the double of Stripe, and the channel towards it, for the tests of rewards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.channels.orders import contact, order

from retinue.channels import Prepared
from retinue.channels.stripe import StripeChannel
from retinue.domain import Incentive
from retinue.testing.doubles import Running
from retinue.testing.doubles.stripe import KEY

MONTHLY = {"data": [{"price": {"recurring": {"interval": "month", "interval_count": 1}}}]}
YEARLY = {"data": [{"price": {"recurring": {"interval": "year", "interval_count": 1}}}]}
OPENED: list[StripeChannel] = []


@contextlib.contextmanager
def fresh(double: Running) -> Iterator[Running]:
    """The double with one customer and one subscription; channels that were opened are closed at the end."""
    double.reset()
    double.set(at="", in_use=0, stored=True)
    customers(double, {"cus_9": "sub_1"})
    yield double
    while OPENED:
        OPENED.pop().close()


def put(double: Running, kind: str, **thing: Any) -> None:
    double.set(put=[{"kind": kind, **thing}])


def customers(double: Running, names: dict[str, str]) -> None:
    """Customers by name, each with one subscription."""
    owners = [{"kind": "customer", "id": name, "currency": "eur", "discount": None} for name in names]
    double.set(put=owners + [plan(one, name) for name, one in names.items()])


def plan(name: str, owner: str = "cus_9", **more: Any) -> dict[str, Any]:
    thing = {"customer": owner, "status": "active", "discounts": [], "items": MONTHLY, **more}
    return {"kind": "subscription", "id": name, **thing}


def subscription(double: Running, name: str, **more: Any) -> None:
    double.set(put=[plan(name, **more)])


def channel(double: Running, **settings: Any) -> StripeChannel:
    raw = {"api_key": KEY, "base_url": double.url, "read_seconds": 1, **settings}
    OPENED.append(StripeChannel.from_settings("billing", raw, Path()))
    return OPENED[-1]


def prepared(made: StripeChannel, incentive: Incentive, name: str = "d1", who: str = "cus_9") -> Prepared:
    return made.prepare(order(incentive, name), contact(stripe=who), None)


def posts(double: Running, path: str) -> list[dict[str, Any]]:
    return [c for c in double.calls() if c["method"] == "POST" and c["path"].startswith(path)]


def redeemed(double: Running) -> list[dict[str, Any]]:
    return [e["what"] for e in double.effects() if e["what"]["object"] == "subscription"]
