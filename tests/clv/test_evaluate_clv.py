"""Holdout evaluation."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retinue.clv import BGNBD, holdout, holdout_from_warehouse, purchase_histories
from retinue.errors import DataError, UsageError
from retinue.settings import ValueSettings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

CUT, END = datetime(1997, 9, 30), datetime(1998, 6, 30)


@pytest.mark.data
def test_cdnow_holdout_beats_naive_forecasts(cdnow: pd.DataFrame) -> None:
    report = holdout(cdnow, calibration_end=CUT, holdout_end=END, settings=ValueSettings())
    assert (report.customers, report.holdout_days, report.kind) == (2357, 273, "mbg_nbd+gamma_gamma")
    model = report.purchases["model"]
    assert model["actual_total"] == 1882
    assert model["mae"] == pytest.approx(0.765, abs=0.005)
    assert model["correlation"] == pytest.approx(0.627, abs=0.003)
    for measured in (report.purchases, report.revenue):
        for naive in ("last_period", "mean_rate"):
            assert measured["model"]["mae"] < measured[naive]["mae"]
    assert len(report.deciles) == 10
    assert report.deciles[0]["actual_revenue"] > 5 * report.deciles[-1]["actual_revenue"]
    assert sum(d["customers"] for d in report.deciles) == 2357


@pytest.mark.data
def test_cdnow_forecast_of_bg_nbd_equals_the_reference_library(cdnow: pd.DataFrame) -> None:
    """Lifetimes 0.11.3 on the same purchase days forecasts 1,653.4 with an error of 0.785."""
    frame = purchase_histories(cdnow, CUT)
    columns = [frame[c] for c in ("repeat_purchase_days", "purchase_span_days", "purchase_age_days")]
    expected = BGNBD.fit(*columns).expected_purchases(273, *columns)
    assert expected.sum() == pytest.approx(1653.4, abs=0.1)


def _shop() -> pd.DataFrame:
    draw = np.random.default_rng(5)
    rows = [
        (f"c{i}", pd.Timestamp("2025-01-01") + pd.Timedelta(days=float(d)), 10.0 + i % 7)
        for i in range(200)
        for d in np.cumsum(draw.exponential(20 + 10 * (i % 5), 12))
    ]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def test_from_the_warehouse_equals_from_a_frame() -> None:
    rows = _shop()
    warehouse = Warehouse(DuckDBEngine(threads=1))
    extra = pd.DataFrame(
        {"customer_id": ["c1", "c2"], "date": [pd.Timestamp("2025-03-01")] * 2, "amount": [99.0, -5.0]}
    )
    both = pd.concat([rows, extra], ignore_index=True)
    stamp = pa.timestamp("us")
    warehouse.engine.append(
        "transactions",
        pa.table(
            {
                "transaction_id": [f"t{i}" for i in range(len(both))],
                "customer_id": both["customer_id"].to_list(),
                "amount": both["amount"].to_list(),
                "date": pa.array(both["date"].dt.to_pydatetime().tolist(), stamp),
                "status": [None] * len(rows) + ["failed", "refunded"],
                "source": ["test"] * len(both),
                "recorded_at": pa.array(both["date"].dt.to_pydatetime().tolist(), stamp),
            }
        ),
    )
    terms = {
        "calibration_end": datetime(2025, 5, 31, 23, 59, 59),
        "holdout_end": datetime(2025, 8, 31, 23, 59, 59),
        "settings": ValueSettings(),
    }
    one, other = holdout_from_warehouse(warehouse, **terms), holdout(rows, **terms)  # type: ignore[arg-type]
    assert one.as_dict()["purchases"] == other.as_dict()["purchases"]
    assert one.revenue["model"]["mae"] == pytest.approx(other.revenue["model"]["mae"])


def test_later_purchases_do_not_reach_the_fit() -> None:
    rows = _shop()
    cut = datetime(2025, 5, 31)
    whole = purchase_histories(rows, cut)
    assert whole.equals(purchase_histories(rows[rows["date"] < pd.Timestamp("2025-06-01")], cut))


def test_what_cannot_be_evaluated() -> None:
    with pytest.raises(UsageError, match="no length"):
        holdout(_shop(), calibration_end=CUT, holdout_end=CUT, settings=ValueSettings())
    with pytest.raises(DataError, match="amount"):
        purchase_histories(pd.DataFrame({"customer_id": ["a"], "date": ["2025-01-01"]}), CUT)
