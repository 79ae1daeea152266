"""A synthetic day: assessments of all customers, low risks included, with features and reasons."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.campaigns.witness import Business, Made, Witness

from retinue.campaigns import decide_all
from retinue.decisions.assess import monthly_revenue
from retinue.domain import Reason
from retinue.settings import Settings


@pytest.fixture
def make_day():
    """(n, seed) → assessments, features, reasons."""

    def make(n=200, seed=0):
        rng = np.random.default_rng(seed)
        features = pd.DataFrame(
            {
                "customer_id": [f"C{i:05d}" for i in range(n)],
                "as_of": pd.Series([pd.Timestamp("2026-02-14")] * n),
                "tenure_days": rng.uniform(10, 900, n),
                "transaction_amount_365d": rng.lognormal(6, 1, n),
                "mrr": np.where(rng.random(n) < 0.6, rng.lognormal(4, 1, n), np.nan),
            }
        )
        risk = rng.uniform(0.0, 1.0, n)
        revenue = monthly_revenue(features)
        clv = revenue * rng.uniform(2, 30, n)
        assessments = pd.DataFrame(
            {
                "customer_id": features["customer_id"],
                "as_of": features["as_of"],
                "churn_probability": risk,
                "raw_score": risk,
                "risk_level": "HIGH",
                "time_to_churn_days": np.where(rng.random(n) < 0.1, np.nan, 30.0),
                "clv": clv,
                "clv_low": np.where(rng.random(n) < 0.1, np.nan, clv * 0.8),
                "clv_high": clv * 1.3,
                "p_alive": 0.9,
                "value_tier": "Standard",
                "segment": "steady",
                "mrr": revenue,
            }
        )
        reasons = {
            customer: (Reason("tenure_days", 10.0, 0.3, "New customer"),)
            for customer in features["customer_id"][risk > 0.4]
        }
        return assessments, features, reasons

    return make


@pytest.fixture
def decide_day(make_day):
    """decide_all on a synthetic day; keyword arguments beside n, seed and settings go to it."""

    def decide(n=200, seed=0, settings=None, **options):
        assessments, features, reasons = make_day(n, seed)
        arguments = {
            "settings": settings or Settings(),
            "as_of": datetime(2026, 2, 14, tzinfo=UTC),
            "run_id": "run-1",
            "versions": {"churn": "a" * 64, "clv": "b" * 64},
        }
        return decide_all(assessments, features, reasons, **{**arguments, **options})

    return decide


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Made]:
    made: list[Business] = []

    def make(*channels: Witness, **delivery: Any) -> Business:
        made.append(Business(tmp_path / str(len(made)), channels, **delivery))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
