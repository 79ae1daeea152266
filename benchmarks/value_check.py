"""Value forecasts beside what happened: fit up to a day, look at the purchases after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.datasets import Dataset

if TYPE_CHECKING:
    from retinue import Retinue

__all__ = ["value_check"]

FORECASTS = {
    "model": "Retinue",
    "last_period": "as in the same time before",
    "mean_rate": "at each customer's own mean rate",
}


def value_check(retinue: Retinue, dataset: Dataset) -> dict[str, Any] | None:
    """Expected and actual purchases and revenue per forecast; None for a set without purchases."""
    if dataset.value_cut is None:
        return None
    from retinue.clv import holdout_from_warehouse

    report = holdout_from_warehouse(
        retinue.warehouse,
        calibration_end=dataset.value_cut,
        holdout_end=dataset.as_of - timedelta(seconds=1),
        settings=retinue.settings.value,
        seed=retinue.settings.project.seed,
    )
    measured = {"purchase days": report.purchases, "revenue": report.revenue}
    rows = [
        {"what": what, "forecast": words, **errors[name]}
        for what, errors in measured.items()
        for name, words in FORECASTS.items()
    ]
    return {
        "cut": f"{dataset.value_cut:%Y-%m-%d}",
        "customers": report.customers,
        "days": report.holdout_days,
        "kind": report.kind,
        "rows": rows,
    }
