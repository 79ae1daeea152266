"""All that is known of decisions and customers at a time, gathered once for whoever measures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import ARMS
from retinue.incentives.catalogue import Catalogue
from retinue.outcomes.attribution import LATE_DAYS, Attributed, attribute
from retinue.outcomes.before import covariates, payments
from retinue.outcomes.following import contract_ends, follow
from retinue.outcomes.intention import Cohort, entries, followed
from retinue.outcomes.logged import logged_decisions, outcome_rows
from retinue.outcomes.ratio import SampleRatio, sample_ratio
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["Gathered", "days_before", "gather"]


@dataclass(frozen=True)
class Gathered:
    """What is known at a time.

    decisions: rows of `logged.logged_decisions`. cohort: the experiment's customers, followed through the
    window; cohort_at: the same through another number of days. judged: which of them have a known result
    after the end of their window. x, covariates: what was known of them before, and its names. facts: as
    given. ratio, attrition: whether the arms of all, and of the judged, are as drawn.
    """

    as_of: datetime
    window_days: float
    decisions: pd.DataFrame
    attributed: Attributed
    contracts: pd.Series[pd.Timestamp] | None
    cohort: Cohort
    cohort_at: Callable[[float], Cohort]
    judged: NDArray[np.bool_]
    x: NDArray[np.float64] | None
    covariates: tuple[str, ...]
    facts: pd.DataFrame | None
    ratio: SampleRatio | None
    attrition: SampleRatio | None

    @property
    def hidden(self) -> bool:
        """Whether comparisons are hidden, because the arms are not as drawn."""
        return any(check is not None and check.broken for check in (self.ratio, self.attrition))

    @property
    def clv(self) -> pd.Series[float] | None:
        """Value by decision id, as it was when it was decided."""
        return None if self.facts is None else self.facts["clv"]

    @cached_property
    def judged_decisions(self) -> pd.DataFrame:
        """The decisions with `retained` (1, 0; NaN unknown) and `matured` (the window has ended)."""
        decisions, outcomes = self.decisions, self.attributed.outcomes
        units = decisions[["customer_id"]].assign(
            unit=decisions["decision_id"], start=decisions["executed_at"]
        )
        seen = outcomes.dropna(subset=["decision_id"]).assign(unit=lambda rows: rows["decision_id"])
        known = follow(units, seen, as_of=self.as_of, window_days=self.window_days, contracts=self.contracts)
        matured = np.asarray(days_before(units, self.as_of) >= self.window_days)
        return decisions.assign(retained=known["retained"], matured=matured)


def gather(
    warehouse: Warehouse,
    settings: Settings,
    as_of: datetime,
    *,
    facts: pd.DataFrame | None = None,
    merged: Mapping[str, Sequence[str]] | None = None,
    window_days: float | None = None,
) -> Gathered:
    """Gather it; arguments as of `measuring.measure`."""
    window = float(window_days or settings.outcome_window_days)
    decisions = logged_decisions(warehouse, as_of)
    outcomes = attribute(
        outcome_rows(warehouse, as_of, resolved=False), decisions, within_days=window + LATE_DAYS
    )
    contracts = contract_ends(warehouse, as_of)
    ids = {
        *decisions["customer_id"],
        *(merged or {}),
        *(one for all_of in (merged or {}).values() for one in all_of),
    }
    paid = payments(warehouse, as_of, sorted(ids))
    catalogue = Catalogue.of(settings.incentives, root=settings.root)
    entered = entries(decisions, settings.holdout, merged=merged)

    def cohort_at(days: float) -> Cohort:
        return followed(
            entered,
            decisions,
            outcomes.outcomes,
            as_of=as_of,
            window_days=days,
            contracts=contracts,
            catalogue=catalogue,
            revenue=settings.outcomes.revenue,
            merged=merged,
            payments=paid,
        )

    cohort = cohort_at(window)
    x, names = covariates(cohort.units, paid, facts, window_days=window)
    units = cohort.units
    judged = (units["matured"] & units["retained"].notna()).to_numpy()
    return Gathered(
        as_of=as_of,
        window_days=window,
        decisions=decisions,
        attributed=outcomes,
        contracts=contracts,
        cohort=cohort,
        cohort_at=cohort_at,
        judged=judged,
        x=x,
        covariates=tuple(names),
        facts=facts,
        ratio=_ratio(units, "customers who entered"),
        attrition=_ratio(units[judged], "customers with a known result"),
    )


def days_before(units: pd.DataFrame, as_of: datetime) -> NDArray[np.float64]:
    """Days from each start to a time."""
    gap: Any = np.datetime64(utc_naive(as_of), "us") - units["start"].to_numpy("datetime64[us]")
    return np.asarray(gap / np.timedelta64(86_400_000_000, "us"), dtype=np.float64)


def _ratio(units: pd.DataFrame, what: str) -> SampleRatio | None:
    if units.empty:
        return None
    chances = {arm: units[f"p_{arm}"].to_numpy(dtype=np.float64) for arm in ARMS}
    return sample_ratio(units["arm"].to_numpy(dtype=str), chances, what=what)
