"""How good the forecasts are: fit up to a date, predict the time after it, compare with what happened.

Beside each error stand two naive forecasts: everybody buys as often as in the same length of time before
(``last_period``), and everybody keeps the own mean rate so far (``mean_rate``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.clv.maximise import Floats
from retinue.clv.purchases import purchase_days, purchase_histories, succeeded_transactions
from retinue.clv.transactional import TransactionalModel, purchase_columns
from retinue.clv.transactional_fit import fit_transactional
from retinue.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import ValueSettings
    from retinue.warehouse import Warehouse

__all__ = ["HoldoutReport", "holdout", "holdout_from_warehouse"]


@dataclass(frozen=True)
class HoldoutReport:
    """Errors of a forecast over a holdout period.

    `purchases` and `revenue` map a forecast's name (``model``, ``last_period``, ``mean_rate``) to its mean
    absolute error per customer, total bias in per cent of the actual total (None when that is 0), correlation
    with the actual, and both totals. `deciles` ranks customers by predicted revenue, best tenth first.
    """

    customers: int
    holdout_days: int
    kind: str
    purchases: dict[str, dict[str, float | None]]
    revenue: dict[str, dict[str, float | None]]
    deciles: list[dict[str, float]]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "customers": self.customers,
            "holdout_days": self.holdout_days,
            "kind": self.kind,
            "purchases": self.purchases,
            "revenue": self.revenue,
            "deciles": self.deciles,
        }


def holdout_from_warehouse(
    warehouse: Warehouse,
    *,
    calibration_end: datetime,
    holdout_end: datetime,
    settings: ValueSettings,
    seed: int = 0,
) -> HoldoutReport:
    """As `holdout`, on the warehouse's transactions; the fit sees only what `calibration_end` knew."""
    known = succeeded_transactions(warehouse, calibration_end)
    later = succeeded_transactions(warehouse, holdout_end)
    return _compare(known, later, calibration_end, holdout_end, settings, seed)


def holdout(
    transactions: pd.DataFrame,
    *,
    calibration_end: datetime,
    holdout_end: datetime,
    settings: ValueSettings,
    seed: int = 0,
) -> HoldoutReport:
    """Fit on purchases up to the day `calibration_end`, compare with those until the day `holdout_end`.

    Parameters
    ----------
    transactions: customer_id, date (UTC), amount of succeeded purchases.
    settings: the terms of valuation; margin and discount play no part, totals are plain revenue.

    Raises UsageError when the holdout has no length.
    """
    return _compare(transactions, transactions, calibration_end, holdout_end, settings, seed)


def _compare(
    known: pd.DataFrame,
    later: pd.DataFrame,
    calibration_end: datetime,
    holdout_end: datetime,
    settings: ValueSettings,
    seed: int,
) -> HoldoutReport:
    cut, end = (_day(moment) for moment in (calibration_end, holdout_end))
    length = end - cut
    if length <= 0:
        raise UsageError(
            "The holdout period has no length.",
            where=f"{calibration_end} to {holdout_end}",
            fix="holdout_end must be at least a day after calibration_end.",
        )
    frame = purchase_histories(known, calibration_end)
    model = fit_transactional(frame, settings=settings, seed=seed)
    before, after = purchase_days(known), purchase_days(later)
    after = after[(after["day"] > cut) & (after["day"] <= end)]
    recent = before[(before["day"] > cut - length) & (before["day"] <= cut)]
    actual, spent = _per_customer(after, frame)
    recent_count, recent_spent = _per_customer(recent, frame)
    expected, worth, rate = _forecasts(model, frame, float(length))
    purchases = {
        "model": _errors(expected, actual),
        "last_period": _errors(recent_count, actual),
        "mean_rate": _errors(rate, actual),
    }
    revenue = {
        "model": _errors(expected * worth, spent),
        "last_period": _errors(recent_spent, spent),
        "mean_rate": _errors(rate * frame["mean_purchase_value"].to_numpy(dtype=np.float64), spent),
    }
    deciles = _deciles(expected, expected * worth, actual, spent)
    return HoldoutReport(len(frame), length, model.kind, purchases, revenue, deciles)


def _day(moment: datetime) -> int:
    return int(np.datetime64(moment.replace(tzinfo=None), "D").astype(np.int64))


def _forecasts(model: TransactionalModel, frame: pd.DataFrame, days: float) -> tuple[Floats, Floats, Floats]:
    data = purchase_columns(frame)
    expected = model.purchases.expected_purchases(days, data.x, data.t_x, data.T)
    worth = model.spend.mean_value(data.spend_count, data.spend_mean)
    return expected, worth, data.x / np.maximum(data.T, 1.0) * days


def _per_customer(days: pd.DataFrame, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    grouped = days.groupby("customer_id")["amount"]
    ids = frame["customer_id"]
    count = np.asarray(grouped.size().reindex(ids, fill_value=0), dtype=np.float64)
    return count, np.asarray(grouped.sum().reindex(ids, fill_value=0.0), dtype=np.float64)


def _errors(predicted: Floats, actual: Floats) -> dict[str, float | None]:
    total, true = float(predicted.sum()), float(actual.sum())
    dp, da = predicted - predicted.mean(), actual - actual.mean()
    size = float(np.sqrt((dp * dp).sum() * (da * da).sum()))
    return {
        "mae": float(np.abs(predicted - actual).mean()),
        "bias_percent": 100.0 * (total / true - 1.0) if true else None,
        "correlation": float((dp * da).sum()) / size if size else None,
        "predicted_total": total,
        "actual_total": true,
    }


def _deciles(expected: Floats, value: Floats, actual: Floats, spent: Floats) -> list[dict[str, float]]:
    order = np.argsort(-value, kind="stable")
    table = []
    for number, rows in enumerate(np.array_split(order, min(10, len(order)) or 1), 1):
        if len(rows):
            table.append(
                {
                    "decile": float(number),
                    "customers": float(len(rows)),
                    "predicted_purchases": float(expected[rows].mean()),
                    "actual_purchases": float(actual[rows].mean()),
                    "predicted_revenue": float(value[rows].mean()),
                    "actual_revenue": float(spent[rows].mean()),
                }
            )
    return table
