"""What follows from features alone: monthly revenue and whether there is a contract."""

import math

import pandas as pd
import pytest

from retinue.decisions import subscribed
from retinue.decisions.assess import monthly_revenue


@pytest.mark.parametrize(
    ("features", "revenue"),
    [
        ({"mrr": 30.0, "transaction_amount_365d": 999.0, "tenure_days": 900.0}, 30.0),
        ({"mrr": math.nan, "transaction_amount_365d": 120.0, "tenure_days": 900.0}, 10.0),
        ({"mrr": 0.0, "transaction_amount_365d": 120.0, "tenure_days": 900.0}, 10.0),
        ({"transaction_amount_365d": 60.0, "tenure_days": 365.25 / 2}, 10.0),  # half a year's customer
        ({"transaction_amount_365d": 60.0, "tenure_days": 3.0}, 60.0),  # at least one month
        ({"transaction_amount_365d": 60.0, "tenure_days": math.nan}, 5.0),
        ({"transaction_amount_365d": 60.0}, 5.0),
        ({"transaction_amount_365d": -60.0, "tenure_days": 900.0}, 0.0),  # more refunded than bought
        ({"mrr": 30.0}, 30.0),
    ],
)
def test_monthly_revenue(features, revenue):
    assert monthly_revenue(pd.DataFrame([features])).tolist() == [revenue]


def test_nothing_known_is_nothing_said():
    nothing = pd.DataFrame({"customer_id": ["C1"]})
    assert math.isnan(monthly_revenue(nothing)[0])
    assert not subscribed(nothing)[0]


def test_a_contract_is_one_that_pays():
    assert subscribed(pd.DataFrame({"mrr": [10.0, 0.0, None]})).tolist() == [True, False, False]
