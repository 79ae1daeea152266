"""Value without contracts: purchases by MBG/NBD, their worth by Gamma-Gamma, discounted month by month.

    clv = margin · E[Z | x, m] · sum over months k of d_k (E[N(k) | alive] - E[N(k-1) | alive])

The interval is predictive: it holds the discounted margin that a customer who is alive will really bring with
the stated probability, counting chance, what we do not know of the customer's own rate, dropout and spend,
and (by bootstrap draws) what we do not know of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from retinue.clv.base import VALUE_COLUMNS, ClvModel, column
from retinue.clv.beta_geometric import BetaGeometricNBD
from retinue.clv.bg_nbd import BGNBD
from retinue.clv.bootstrap import Draws
from retinue.clv.discount import discount_factors, month_ends
from retinue.clv.gamma_gamma import GammaGamma
from retinue.clv.histories import usable_amounts
from retinue.clv.maximise import Floats
from retinue.clv.mbg_nbd import MBGNBD
from retinue.clv.predictive import hurdle_quantile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PurchaseColumns", "TransactionalModel", "purchase_columns"]

_PURCHASE_MODELS: dict[str, type[BetaGeometricNBD]] = {MBGNBD.name: MBGNBD, BGNBD.name: BGNBD}


@dataclass(frozen=True)
class PurchaseColumns:
    """Purchase histories read from a frame, in whole days; `bought` marks the rows that have one.

    `impossible` marks rows that state a history which cannot be (something negative or infinite, or a last
    purchase after today): nothing is fitted on them.
    `spend_count` and `spend_mean` are what Gamma-Gamma conditions on: the repeat purchases, or, for a
    customer who bought once, that one purchase taken as a single draw. A count of 0 means no usable amount.
    """

    bought: NDArray[np.bool_]
    impossible: NDArray[np.bool_]
    x: Floats
    t_x: Floats
    T: Floats
    spend_count: Floats
    spend_mean: Floats


def purchase_columns(frame: pd.DataFrame) -> PurchaseColumns:
    """Read and mend the columns: a row without a finite, non-negative history counts as having none.

    Where the last purchase lies after today, today is taken to be its day.
    """
    raw_x = column(frame, "repeat_purchase_days", required=True)
    raw_t = column(frame, "purchase_span_days", required=True)
    raw_T = column(frame, "purchase_age_days", required=True)
    repeat_value = column(frame, "mean_repeat_value")
    any_value = column(frame, "mean_purchase_value")
    bought = np.isfinite(raw_x) & np.isfinite(raw_T) & (raw_x >= 0) & (raw_T >= 0)
    # Comparisons with a missing value are false: missing is not impossible. Less than a day is rounding.
    impossible = (raw_x < 0) | (raw_t < 0) | (raw_T < 0) | (raw_t >= raw_T + 1.0)
    impossible |= np.isinf(raw_x) | np.isinf(raw_t) | np.isinf(raw_T)
    x = np.where(bought, np.floor(np.where(bought, raw_x, 0.0)), 0.0)
    span = np.where(np.isfinite(raw_t) & (raw_t > 0) & (x > 0), raw_t, 0.0)
    t_x = np.floor(span)
    T = np.maximum(np.floor(np.where(bought, raw_T, 0.0)), t_x)
    good_repeat = (x > 0) & usable_amounts(repeat_value)
    good_any = usable_amounts(any_value)
    count = np.where(good_repeat, x, np.where(good_any, 1.0, 0.0))
    mean = np.where(good_repeat, repeat_value, np.where(good_any, any_value, 0.0))
    return PurchaseColumns(bought, impossible, x, t_x, T, np.where(bought, count, 0.0), mean)


@dataclass(frozen=True)
class TransactionalModel(ClvModel):
    """A fitted pair of models with the terms of valuation; times in days."""

    kind: str
    purchases: BetaGeometricNBD
    spend: GammaGamma
    purchase_draws: Draws
    spend_draws: Draws
    horizon_months: int
    margin: float
    annual_discount_rate: float
    interval: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    family: ClassVar[str] = "transactional"

    def value(self, frame: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        data = purchase_columns(frame)
        expected, discounted, none, square, doubt = self._by_history(data)
        mean_value, mean_square, value_doubt = self._spend(data)
        clv = self.margin * mean_value * discounted
        ratio = np.where(expected > 0, discounted / np.where(expected > 0, expected, 1.0), 0.0)
        # E[V²] = E[zeta²] (E[N²] + E[N] / p): amounts vary around a customer's mean zeta by zeta² / p.
        # Discounting rescales N by its mean effect; the parameters' doubt comes on top of both.
        second = mean_square * (square + expected / self.spend.p) * (self.margin * ratio) ** 2
        second = second + clv * clv * (doubt + value_doubt)
        tail = (1.0 - self.interval) / 2.0
        low = hurdle_quantile(tail, none, clv, second)
        high = hurdle_quantile(1.0 - tail, none, clv, second)
        alive = self.purchases.p_alive(data.x, data.t_x, data.T)
        off = ~data.bought
        for values in (clv, low, high, alive, expected):
            values[off] = 0.0
        columns = (clv, np.minimum(low, clv), np.maximum(high, clv), alive, alive * expected)
        return pd.DataFrame(dict(zip(VALUE_COLUMNS, columns, strict=True)), index=frame.index)

    def notes(self, frame: pd.DataFrame) -> pd.Series[str]:
        import pandas as pd

        data = purchase_columns(frame)
        text = np.where(data.x == 0, "bought once: worth of a purchase shrunk from that single one", "")
        text = np.where(data.spend_count == 0, "no usable amount: a purchase is worth the mean of all", text)
        text = np.where(~data.bought, "no purchases: value 0", text)
        text = np.where(data.impossible, "impossible history: not fitted on", text)
        return pd.Series(text.astype(object), index=frame.index, name="note")

    def summary(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "purchases": {**self.purchases.as_dict(), "time_unit": "days"},
            "spend": {**self.spend.as_dict(), "population_mean": self.spend.population_mean},
            "horizon_months": self.horizon_months,
            "margin": self.margin,
            "annual_discount_rate": self.annual_discount_rate,
            "interval": {"coverage": self.interval, "kind": "predictive, given alive now"},
            **self.facts,
        }

    def body(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "purchases": self.purchases.as_dict(),
            "spend": self.spend.as_dict(),
            "purchase_draws": [list(draw) for draw in self.purchase_draws],
            "spend_draws": [list(draw) for draw in self.spend_draws],
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
        family = _PURCHASE_MODELS[parts["purchases"]["model"]]
        parts["purchases"] = family.from_dict(parts["purchases"])
        parts["spend"] = GammaGamma.from_dict(parts["spend"])
        for draws in ("purchase_draws", "spend_draws"):
            parts[draws] = tuple(tuple(draw) for draw in parts[draws])
        return cls(**parts)

    def _by_history(self, data: PurchaseColumns) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """For each row: E[N], discounted E[N], P(N=0), E[N²] over the horizon, relative parameter variance.

        They depend on (x, T) only, so they are computed once for each distinct pair.
        """
        width = float(data.T.max(initial=0.0)) + 1.0
        key, inverse = np.unique(data.x * width + data.T, return_inverse=True)
        x = np.floor(key / width)
        T = key - x * width
        ends = month_ends(self.horizon_months)
        future = self.purchases.future(x, T, ends, pairs=True)
        factors = discount_factors(self.horizon_months, self.annual_discount_rate)
        discounted = factors[0] * future.expected[0]
        for month in range(1, len(ends)):
            discounted = discounted + factors[month] * (future.expected[month] - future.expected[month - 1])
        expected = future.expected[-1]
        assert future.pairs is not None  # noqa: S101  (asked for above)
        doubt = np.zeros_like(expected)
        for r, alpha, a, b in self.purchase_draws:
            other = type(self.purchases)(r, alpha, a, b).future(x, T, (ends[-1],)).expected[0]
            doubt = doubt + (other / expected - 1.0) ** 2
        doubt = doubt / max(len(self.purchase_draws), 1)
        code = inverse.reshape(-1)
        square = future.pairs + expected
        return expected[code], discounted[code], future.none[code], square[code], doubt[code]

    def _spend(self, data: PurchaseColumns) -> tuple[Floats, Floats, Floats]:
        """For each row: E[zeta], E[zeta²] and the relative variance of E[zeta] from the parameters."""
        mean = self.spend.mean_value(data.spend_count, data.spend_mean)
        square = self.spend.mean_square(data.spend_count, data.spend_mean)
        doubt = np.zeros_like(mean)
        usable = mean > 0
        safe = np.where(usable, mean, 1.0)
        for p, q, v in self.spend_draws:
            # A draw may fall where the mean of all is infinite; there it is held just above.
            other = GammaGamma(p, max(q, 1.05), v).mean_value(data.spend_count, data.spend_mean)
            doubt = doubt + np.where(usable, (other / safe - 1.0) ** 2, 0.0)
        return mean, square, doubt / max(len(self.spend_draws), 1)
