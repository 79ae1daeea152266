"""The limits of a run: the settings', tightened by what the run is given."""

from decimal import Decimal

import pytest

from retinue.errors import BudgetError, SettingsError
from retinue.incentives.limits import Limits
from retinue.settings import BudgetSettings

TIERS = ("Basic", "Premium")


def limits(customers=1_000, budget=None, reviews=None, **settings):
    return Limits.of(
        BudgetSettings(**settings), tiers=TIERS, customers=customers, budget=budget, reviews=reviews
    )


def test_by_default_nothing_is_limited():
    assert limits() == Limits()
    assert not limits()
    assert not limits(per_month=5, hold_days=3), "the month is shared out by the ledger"


@pytest.mark.parametrize(
    ("of_settings", "given", "kept"), [(None, 5, 500), (7, None, 700), (7, 5, 500), (5, 7, 500)]
)
def test_the_tighter_budget_counts(of_settings, given, kept):
    found = limits(per_campaign=of_settings, budget=None if given is None else Decimal(given))
    assert found.total_cents == kept
    assert found
    assert not found.more_than_money


def test_reviews_are_the_day_s_or_what_is_left_of_them():
    assert limits(reviews_per_day=5).reviews == 5
    assert limits(reviews_per_day=5, reviews=2).reviews == 2
    assert limits(reviews=0).reviews == 0


@pytest.mark.parametrize(("share", "treated"), [(0.29, 290), (0.0, 0), (1.0, 1_000), (0.0015, 1)])
def test_a_share_is_of_the_active_customers_and_rounded_down(share, treated):
    assert limits(treated_share=share).treated == treated


def test_budgets_of_tiers_are_exact_and_their_names_are_checked():
    assert limits(per_tier={"Premium": "12.345", "Basic": 0}).tier_cents == {"Basic": 0, "Premium": 1_234}
    with pytest.raises(SettingsError, match="no value tier 'Gold'") as caught:
        limits(per_tier={"Gold": 1})
    assert "Basic, Premium" in caught.value.fix


def test_a_negative_budget_is_refused():
    with pytest.raises(BudgetError):
        limits(budget=Decimal(-1))
