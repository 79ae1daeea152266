"""Frames of features with known structure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def three_kinds() -> pd.DataFrame:
    """600 customers of three clearly different behaviours, in known order."""
    draw = np.random.default_rng(1)
    kinds = [(40, 20.0, 3.0, 100.0, 0.2), (4, 200.0, 60.0, 2.0, 0.2), (6, 30.0, 200.0, 30.0, 8.0)]
    parts = []
    for count, spend, silent, usage, tickets in kinds:
        parts.append(
            pd.DataFrame(
                {
                    "transaction_count_365d": draw.poisson(count, 200).astype(float),
                    "mean_purchase_value": draw.gamma(20, spend / 20, 200),
                    "days_since_last_transaction": draw.gamma(10, silent / 10, 200),
                    "event_count_90d": draw.poisson(usage, 200).astype(float),
                    "ticket_count_180d": draw.poisson(tickets, 200).astype(float),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "customer_id", [f"c{i:04d}" for i in range(600)])
    return frame
