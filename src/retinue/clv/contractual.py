"""Value with contracts: monthly survival given the contract's age, times recurring revenue and margin.

    clv = mrr · margin · sum over months k = 1 … H of d_k S(n+k)/S(n),   n = completed months

A customer's contracts that follow one another without a gap count as one (a change of plan is no end). The
interval is predictive: the number of further payments follows the survival curve, averaged over bootstrap
draws of its parameters. Recurring revenue is taken to stay as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from retinue.clv.base import VALUE_COLUMNS, ClvModel, column
from retinue.clv.bootstrap import KEPT, parameter_intervals, resample_parameters
from retinue.clv.discount import DAYS_PER_MONTH, discount_factors
from retinue.clv.maximise import Floats
from retinue.clv.shifted_beta_geometric import RenewalData, ShiftedBetaGeometric, renewal_data
from retinue.errors import NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import ValueSettings
    from retinue.warehouse import Warehouse

__all__ = ["ContractualModel", "contract_spells", "fit_contractual"]

_LEAST_ENDS = 20
_LEAST_CONTRACTS = 50
_LEAST_FOR_BOUNDARY = 100
_GAP_DAYS = 7.0
"""A new contract within this time continues the old one."""


@dataclass(frozen=True)
class ContractualModel(ClvModel):
    """A fitted survival curve with the terms of valuation; ages in completed months.

    `age_matters` is false in the fallback: there the draws describe one constant rate of loss, and a
    contract's age does not change it.
    """

    kind: str
    survival: ShiftedBetaGeometric
    draws: tuple[tuple[float, ...], ...]
    age_matters: bool
    horizon_months: int
    margin: float
    annual_discount_rate: float
    interval: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    family: ClassVar[str] = "contractual"

    def value(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        mrr = column(frame, "mrr", required=True)
        age_days = column(frame, "subscription_age_days")
        active = np.isfinite(mrr)
        income = np.where(active & (mrr > 0), mrr, 0.0) * self.margin
        age = np.where(np.isfinite(age_days) & (age_days > 0), age_days, 0.0)
        months, inverse = np.unique(np.floor(age / DAYS_PER_MONTH), return_inverse=True)
        worth, low, high, payments = (part[inverse.reshape(-1)] for part in self._by_age(months))
        clv = income * worth
        columns = (
            clv,
            np.minimum(income * low, clv),
            np.maximum(income * high, clv),
            active.astype(np.float64),
            np.where(active, payments, 0.0),
        )
        return pd.DataFrame(dict(zip(VALUE_COLUMNS, columns, strict=True)), index=frame.index)

    def notes(self, frame: pd.DataFrame) -> pd.Series[str]:
        import pandas as pd

        mrr = column(frame, "mrr", required=True)
        text = np.where(np.isfinite(mrr), "", "no running contract: value 0")
        return pd.Series(text.astype(object), index=frame.index, name="note")

    def summary(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "survival": {**self.survival.as_dict(), "time_unit": "months"},
            "twelve_month_retention_of_new": float(self.survival.survival(12.0)),
            "horizon_months": self.horizon_months,
            "margin": self.margin,
            "annual_discount_rate": self.annual_discount_rate,
            "interval": {"coverage": self.interval, "kind": "predictive, given a running contract"},
            **self.facts,
        }

    def body(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "survival": self.survival.as_dict(),
            "draws": [list(draw) for draw in self.draws],
            "age_matters": self.age_matters,
            "horizon_months": self.horizon_months,
            "margin": self.margin,
            "annual_discount_rate": self.annual_discount_rate,
            "interval": self.interval,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """The inverse of `body`."""
        parts = dict(body)
        parts["survival"] = ShiftedBetaGeometric.from_dict(parts["survival"])
        parts["draws"] = tuple(tuple(draw) for draw in parts["draws"])
        return cls(**parts)

    def _by_age(self, months: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Per unit of monthly margin, for each age: expected value, low, high, expected payments."""
        age = months if self.age_matters else np.zeros_like(months)
        factors = discount_factors(self.horizon_months, self.annual_discount_rate)
        tail = (1.0 - self.interval) / 2.0
        # Conditional survival advances by one factor a month; one column for the estimate, one per draw.
        parameters = [(self.survival.a, self.survival.b), *self.draws]
        curves = [np.ones_like(age) for _ in parameters]
        worth, payments = np.zeros_like(age), np.zeros_like(age)
        low, high = np.zeros_like(age), np.zeros_like(age)
        for month, factor in enumerate(factors):
            for curve, (a, b) in zip(curves, parameters, strict=True):
                curve *= (b + age + month) / (a + b + age + month)
            worth += factor * curves[0]
            payments += curves[0]
            mixed = np.zeros_like(age)
            for curve in curves[1:] or curves:
                mixed += curve
            gone = 1.0 - mixed / max(len(curves) - 1, 1)
            # A quantile of the number of payments counts the months by which less than that share has gone.
            low += np.where(gone < tail, factor, 0.0)
            high += np.where(gone < 1.0 - tail, factor, 0.0)
        return worth, low, high, payments


def contract_spells(warehouse: Warehouse, as_of: datetime) -> RenewalData:
    """How long customers' contracts lasted, or have lasted so far, in months, as known at `as_of`.

    Contracts of one customer that overlap or follow within seven days are one spell. Contracts that start
    after `as_of`, or end before they start, are left out.
    """
    import pandas as pd

    from retinue.warehouse import utc_naive

    rows = warehouse.history("subscriptions", as_of)
    rows = rows.select("customer_id", "started_at", "ended_at").order_by(
        "customer_id", "started_at", "ended_at"
    )
    contracts: pd.DataFrame = rows.to_pyarrow().to_pandas()
    now = pd.Timestamp(utc_naive(as_of))
    start = pd.to_datetime(contracts["started_at"])
    end = pd.to_datetime(contracts["ended_at"])
    kept = start.notna() & (start <= now) & (end.isna() | (end >= start))
    customer = contracts["customer_id"][kept]
    day = np.timedelta64(86400, "s")
    begin = ((start[kept] - now) / day).to_numpy(dtype=np.float64)
    # A running contract ends at +inf, which lets "the latest end so far" be a plain running maximum.
    stop = ((end[kept] - now) / day).fillna(np.inf).to_numpy(dtype=np.float64)
    latest = pd.Series(stop, index=customer.index).groupby(customer, sort=False).cummax()
    before = latest.groupby(customer, sort=False).shift(1).to_numpy(dtype=np.float64)
    opens = np.isnan(before) | (begin > before + _GAP_DAYS)
    spell = np.cumsum(opens) - 1
    count = int(spell[-1]) + 1 if len(spell) else 0
    first = np.full(count, np.inf)
    last = np.full(count, -np.inf)
    np.minimum.at(first, spell, begin)
    np.maximum.at(last, spell, stop)
    running = np.isinf(last)
    ended = np.floor((last[~running] - first[~running]) / DAYS_PER_MONTH) + 1.0
    return renewal_data(ended, np.floor(-first[running] / DAYS_PER_MONTH))


def fit_contractual(
    warehouse: Warehouse, *, settings: ValueSettings, as_of: datetime, seed: int
) -> ContractualModel:
    """Fit survival on all contracts known at `as_of`; a stated fallback when too few have ended."""
    data = contract_spells(warehouse, as_of)
    ends = float(data.ended_weight.sum())
    facts: dict[str, Any] = {"contracts": data.contracts, "ended": ends}
    terms = (
        settings.horizon_months,
        settings.margin,
        settings.annual_discount_rate,
        settings.interval,
        facts,
    )
    reason = (
        f"{data.contracts:.0f} contracts, {ends:.0f} ended; {_LEAST_CONTRACTS} and {_LEAST_ENDS} are needed."
    )
    if ends >= _LEAST_ENDS and data.contracts >= _LEAST_CONTRACTS:
        try:
            top = ShiftedBetaGeometric.maximum(data)
            if top.verdict == "converged" or ends >= _LEAST_FOR_BOUNDARY:
                model = ShiftedBetaGeometric.from_maximum(top, data)
                _, (end_a, run_a, end_b, run_b) = ShiftedBetaGeometric.scores(top.theta, data)
                weight = np.r_[data.ended_weight, data.running_weight]
                scores = (np.r_[end_a, run_a], np.r_[end_b, run_b])
                draws = resample_parameters(top, scores, weight, seed=seed)
                facts["survival_model"] = f"sBG, {top.verdict}"
                names = list(model.parameters)
                facts["parameter_intervals"] = parameter_intervals(draws, names, settings.interval)
                return ContractualModel("shifted_beta_geometric", model, draws[:KEPT], True, *terms)
            reason = f"sBG ends on the boundary with {ends:.0f} ended contracts."
        except NotEnoughData as error:
            reason = error.what
    facts["survival_model"] = f"fallback, one rate of loss for all: {reason}"
    return ContractualModel("fallback_constant_churn", _constant_rate(data), (), False, *terms)


def _constant_rate(data: RenewalData) -> ShiftedBetaGeometric:
    """One unknown monthly rate of loss: its Beta posterior, starting from Beta(1/2, 12).

    The start stands for a loss of 4 % a month seen for a year; the spread of the posterior is our ignorance,
    so few contracts give a wide interval.
    """
    ends = float(data.ended_weight.sum())
    survived = float(
        (data.ended_weight * np.maximum(data.ages - 1.0, 0.0)).sum() + (data.running_weight * data.ages).sum()
    )
    return ShiftedBetaGeometric(ends + 0.5, survived + 12.0, contracts=data.contracts, verdict="boundary")
