"""A small synthetic audience: features and assessments as the stages before hand them on."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from retinue.decisions import Day, ReceiptParts, Terms, decide_batch
from retinue.decisions.assess import ASSESSMENT_COLUMNS, monthly_revenue, risk_levels
from retinue.decisions.replay import customers_of
from retinue.domain import Reason
from retinue.settings import Settings

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def terms():
    return Terms.of(Settings())


@pytest.fixture
def make_audience():
    """(n, seed) → features and assessments, customers above the threshold of action only."""

    def make(n=60, seed=0):
        rng = np.random.default_rng(seed)
        features = pd.DataFrame(
            {
                "customer_id": [f"C{i:05d}" for i in range(n)],
                "as_of": pd.Series([pd.Timestamp("2026-02-14")] * n),
                "tenure_days": rng.uniform(10, 900, n),
                "transaction_amount_365d": rng.lognormal(6, 1, n),
                "login_count_30d": np.where(rng.random(n) < 0.2, np.nan, rng.poisson(5, n).astype(float)),
                "mrr": np.where(rng.random(n) < 0.6, rng.lognormal(4, 1, n), np.nan),
            }
        )
        risk = rng.uniform(0.41, 0.99, n)
        revenue = monthly_revenue(features)
        clv = revenue * rng.uniform(2, 30, n)
        assessments = pd.DataFrame(
            {
                "customer_id": features["customer_id"],
                "as_of": features["as_of"],
                "churn_probability": risk,
                "raw_score": np.log(risk / (1 - risk)),
                "risk_level": risk_levels(risk, Terms.of(Settings())),
                "time_to_churn_days": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(5, 90, n)),
                "clv": clv,
                "clv_low": clv * 0.8,
                "clv_high": clv * 1.3,
                "p_alive": rng.uniform(0.5, 1, n),
                "value_tier": "Standard",
                "segment": "steady",
                "mrr": revenue,
            },
            columns=list(ASSESSMENT_COLUMNS),
        )
        return features, assessments

    return make


@pytest.fixture
def make_parts(make_audience):
    """A decided batch with its receipts; keyword arguments go to the settings' sections."""

    def make(n=60, seed=0, budget_cents=None, limits=None, **sections):
        features, assessments = make_audience(n, seed)
        day = Day("run-1", "2026-02-14T00:00:00Z", Terms.of(Settings(**sections)))
        batch = decide_batch(
            customers_of(assessments, features),
            day,
            budget_cents=budget_cents,
            limits=limits,
            reasons=[(Reason("login_count_30d", 1.0, 0.4, "Few logins in 30 days"),)] * n,
        )
        return ReceiptParts(batch, features, assessments, {"churn": "a" * 64, "clv": "b" * 64})

    return make
