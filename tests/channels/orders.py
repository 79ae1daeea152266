"""Orders and contacts for the tests of channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from retinue.channels import Contact, Order
from retinue.domain import Incentive, Money

__all__ = ["PLANNED", "contact", "credit", "discount", "order"]

PLANNED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def discount(percent: float = 15.0, months: int | None = 3) -> Incentive:
    return Incentive(f"percentage_discount_{percent:g}", "percentage_discount", percent, months)


def credit(amount: float = 25.0) -> Incentive:
    return Incentive("fixed_credit", "fixed_credit", amount)


def order(
    incentive: Incentive | None = None,
    name: str = "d1",
    *,
    facts: Mapping[str, Any] | None = None,
    currency: str = "EUR",
) -> Order:
    return Order(
        name,
        f"decision-{name}",
        "campaign-1",
        "42",
        "retention",
        incentive,
        Money.of(25, currency),
        PLANNED,
        facts or {},
    )


def contact(**ids: str) -> Contact:
    return Contact("42", name="Ada Lovelace", email="ada@example.org", ids=ids)
