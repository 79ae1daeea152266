"""Money is exact and the nouns cannot be changed."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue import domain
from retinue.domain import Money

CENTS = st.integers(-(10**12), 10**12)


@given(CENTS, CENTS)
def test_sums_of_money_are_exact(one: int, other: int) -> None:
    first, second = Money.of(Decimal(one) / 100), Money.of(Decimal(other) / 100)
    assert (first + second).amount == Decimal(one + other) / 100
    assert first + second - second == first


@pytest.mark.parametrize(
    ("given_amount", "cents"),
    [
        ("10.005", "10.00"),
        ("10.015", "10.02"),
        (0.1, "0.10"),
        (1.005, "1.00"),
        (-2.675, "-2.68"),
        (7, "7.00"),
    ],
)
def test_cents_are_rounded_half_even_from_the_shortest_decimal(given_amount: str | float, cents: str) -> None:
    assert Money.of(given_amount).amount == Decimal(cents)


def test_currencies_do_not_mix() -> None:
    for operation in (lambda a, b: a + b, lambda a, b: a - b):
        with pytest.raises(ValueError, match="EUR and USD"):
            operation(Money.of(1, "EUR"), Money.of(1, "USD"))


def test_money_is_shown_with_its_currency() -> None:
    assert str(Money.of("1234567.5", "USD")) == "1,234,567.50 USD"


@pytest.mark.parametrize("name", [n for n in domain.__all__ if dataclasses.is_dataclass(getattr(domain, n))])
def test_nouns_are_frozen_and_described(name: str) -> None:
    noun = getattr(domain, name)
    assert noun.__dataclass_params__.frozen
    assert noun.__doc__
    assert "__slots__" in vars(noun)


def test_levels_are_their_own_text() -> None:
    assert json.dumps([domain.RiskLevel.HIGH, domain.ActionType.MANUAL_REVIEW]) == '["HIGH", "manual_review"]'
