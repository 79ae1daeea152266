"""Worlds in which the truth is known: purchases drawn from the models themselves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retinue.clv.discount import DAYS_PER_MONTH, discount_factors


@pytest.fixture(scope="session")
def data_folder() -> Path:
    folder = Path(os.environ.get("RETINUE_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real data sets are not here; point RETINUE_DATA at their folder")
    return folder


@pytest.fixture(scope="session")
def cdnow(data_folder: Path) -> pd.DataFrame:
    """Transactions of the CDNOW 1/10 sample."""
    file = data_folder / "cdnow_sample" / "cdnow_sample.csv.gz"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    rows = pd.read_csv(file, dtype={"customer_id": str}, parse_dates=["date"])
    return rows.rename(columns={"amount_usd": "amount"})


@pytest.fixture(scope="session")
def cdnow_weeks(data_folder: Path) -> pd.DataFrame:
    """Frequency, recency and T in weeks, as the paper has them."""
    file = data_folder / "cdnow_sample" / "cdnow_sample_cbs_39w.csv.gz"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    return pd.read_csv(file)


def _simulate(
    customers: int,
    seed: int,
    *,
    r: float = 2.0,
    alpha: float = 60.0,
    a: float = 0.5,
    b: float = 5.0,
    first_counts: bool = True,
    p: float = 6.0,
    q: float = 4.0,
    v: float = 15.0,
    months: int = 24,
) -> pd.DataFrame:
    """Histories up to T (days) with what came after: alive at T, purchases and discounted spend.

    Several purchases of one day count as one history entry, as in real data.
    """
    draw = np.random.default_rng(seed)
    T = draw.integers(30, 600, customers).astype(float)
    rate, leave = draw.gamma(r, 1 / alpha, customers), draw.beta(a, b, customers)
    nu = draw.gamma(q, 1 / v, customers)
    factors = discount_factors(months, 0.10)
    rows = []
    for i in range(customers):
        times, t = [0.0], 0.0
        alive = not first_counts or draw.random() > leave[i]
        while alive:
            t += draw.exponential(1 / rate[i])
            if t > T[i] + months * DAYS_PER_MONTH:
                break
            times.append(t)
            alive = draw.random() > leave[i]
        past = np.unique(np.floor([t for t in times if t <= T[i]]))
        later = np.array([t for t in times if t > T[i]]) - T[i]
        spent = draw.gamma(p, 1 / nu[i], len(past))
        month = np.minimum((later / DAYS_PER_MONTH).astype(int), months - 1)
        worth = float((draw.gamma(p, 1 / nu[i], len(later)) * np.take(factors, month)).sum())
        x = len(past) - 1
        rows.append(
            (
                f"c{i:06d}",
                float(x),
                past[-1],
                T[i],
                spent[1:].mean() if x else np.nan,
                spent.mean(),
                bool(alive or len(later)),
                float(len(later)),
                worth,
            )
        )
    names = "customer_id repeat_purchase_days purchase_span_days purchase_age_days mean_repeat_value"
    names += " mean_purchase_value alive later worth"
    return pd.DataFrame(rows, columns=names.split())


@pytest.fixture(scope="session")
def simulate() -> Callable[..., pd.DataFrame]:
    return _simulate


@pytest.fixture(scope="session")
def buyers() -> pd.DataFrame:
    """1,500 customers of a world with the parameters above."""
    return _simulate(1500, 11)
