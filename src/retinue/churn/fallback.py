"""What stands in when there is too little to learn from: a smoothed base rate, by recency where possible.

The chance of churn is taken as Beta(1, 9) before any outcome is seen (10 %, 80 % of it between 1 and 23 %)
and updated with one outcome per customer, their latest: p = (churners + 1) / (customers + 10). With a recency
column and at least five churners and five stayers, customers are put into up to four groups by their
silence, each drawn towards the base rate with the weight of ten customers, and groups that do not rise with
the silence are pooled. Probabilities from so little stay wide; the evaluation says how wide, and gives no
measure of quality.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from scipy.stats import beta

from retinue.churn.baselines import recency_column

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BaseRate", "fit_base_rate"]

Vector = npt.NDArray[np.float64]

PRIOR = (1.0, 9.0)
GROUP_WEIGHT = 10.0
LEAST_FOR_GROUPS = 5
GROUPS = 4


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A base rate with its interval, and optionally one rate per group of silence.

    Group i holds days of silence up to `edges[i]`, the last group the longer ones and those without any on
    record.
    """

    rate: float
    low: float
    high: float
    customers: int
    churners: int
    column: str | None = None
    edges: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        return "fallback_recency" if self.column else "fallback_base_rate"

    @property
    def statement(self) -> str:
        """The base rate in words, with its 95 % interval."""
        if not self.customers:
            return (
                f"No customer's outcome is known: {self.rate:.0%} is an assumption "
                f"({self.low:.0%} to {self.high:.0%}), not an estimate."
            )
        by = " by silence" if self.column else ""
        return (
            f"A base rate{by} of {self.rate:.0%} ({self.low:.0%} to {self.high:.0%}) "
            f"from {self.churners} churners among {self.customers} customers."
        )

    def group(self, frame: pd.DataFrame) -> npt.NDArray[np.int64]:
        """The group of silence of each row; the last one when the column is not there."""
        last = len(self.edges)
        if self.column is None or self.column not in frame.columns:
            return np.full(len(frame), last)
        return self.group_of(frame[self.column].to_numpy(dtype=float, na_value=np.nan))

    def group_of(self, days: Vector) -> npt.NDArray[np.int64]:
        """The group of each number of days; NaN: none on record."""
        found = np.searchsorted(np.asarray(self.edges), np.where(np.isnan(days), np.inf, days), side="left")
        return found.astype(np.int64)

    def probability(self, frame: pd.DataFrame) -> Vector:
        """The rate of each row's group."""
        if self.column is None or self.column not in frame.columns:
            return np.full(len(frame), self.rate)
        return np.asarray(self.rates)[self.group(frame)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "customers": self.customers,
            "churners": self.churners,
            "column": self.column,
            "edges": list(self.edges),
            "rates": list(self.rates),
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> BaseRate:
        return cls(**{**body, "edges": tuple(body["edges"]), "rates": tuple(body["rates"])})


def fit_base_rate(rows: pd.DataFrame, outcome: Vector, definition: str) -> BaseRate:
    """Fit to labelled rows; those of one customer are reduced to the latest. Any number of rows will do.

    >>> import pandas as pd
    >>> fit_base_rate(pd.DataFrame({"customer_id": []}), np.empty(0), "inactivity").rate
    0.1
    """
    if len(rows):
        keys = rows[[name for name in ("as_of", "customer_id") if name in rows.columns]]
        keys = keys.reset_index(drop=True).sort_values(list(keys.columns), kind="stable")
        latest = keys.drop_duplicates("customer_id", keep="last").index.to_numpy()
        outcome, rows = np.asarray(outcome, dtype=float)[latest], rows.iloc[latest]
    customers, churners = len(outcome), int(outcome.sum())
    a, b = PRIOR[0] + churners, PRIOR[1] + customers - churners
    rate = a / (a + b)
    low, high = (round(float(beta.ppf(q, a, b)), 6) for q in (0.025, 0.975))
    plain = BaseRate(rate, low, high, customers, churners)
    column = recency_column(rows, definition) if customers else None
    if column is None or min(churners, customers - churners) < LEAST_FOR_GROUPS:
        return plain
    days = rows[column].to_numpy(dtype=float)
    edges = np.unique(np.nanquantile(days, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    return _grouped(plain, column, days, outcome, edges)


def _grouped(plain: BaseRate, column: str, days: Vector, outcome: Vector, edges: Vector) -> BaseRate:
    from sklearn.isotonic import isotonic_regression

    group = np.searchsorted(edges, np.where(np.isnan(days), np.inf, days), side="left")
    size = np.bincount(group, minlength=len(edges) + 1).astype(float)
    left = np.bincount(group, outcome, minlength=len(edges) + 1)
    smoothed = (left + GROUP_WEIGHT * plain.rate) / (size + GROUP_WEIGHT)
    rising = isotonic_regression(smoothed, sample_weight=size + GROUP_WEIGHT)
    if math.isclose(float(rising[0]), float(rising[-1])):
        return plain
    return BaseRate(
        plain.rate,
        plain.low,
        plain.high,
        plain.customers,
        plain.churners,
        column,
        tuple(float(e) for e in edges),
        tuple(float(r) for r in rising),
    )


def base_log_odds(rate: BaseRate) -> float:
    """The base rate in log-odds: where the contributions of a fallback start from."""
    return float(logit(rate.rate))
