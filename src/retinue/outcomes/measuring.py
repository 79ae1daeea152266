"""What Retinue's doing was worth, measured against those who were left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import ARMS, HOLDOUT, TREATMENT, USUAL
from retinue.outcomes.aipw import Estimate, contrast
from retinue.outcomes.effects import LEAST_CUSTOMERS
from retinue.outcomes.forecast import Forecast, Pace, forecast
from retinue.outcomes.gathering import Gathered, days_before, gather
from retinue.outcomes.intention import Cohort
from retinue.outcomes.per_incentive import IncentiveRow, rows_by_incentive
from retinue.outcomes.ratio import SampleRatio
from retinue.outcomes.saved import SavedRevenue, saved_revenue
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["ArmRow", "Contrast", "Look", "Measurement", "conclude", "measure"]

OUTCOMES = ("retention", "net_revenue")
SHORTER_DAYS = (30.0, 60.0)
LOOKS = 12


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm: customers who entered, whose window has ended, whose result is known; what became of these."""

    arm: str
    customers: int
    matured: int
    judged: int
    retained: float | None
    net_revenue: float | None
    spend: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """Treatment against another arm in one outcome, per customer.

    `estimate` is None when hidden or when there is too little. `total` is the same for all treated customers
    that were judged: customers kept, or money earned.
    """

    versus: str
    outcome: str
    estimate: Estimate | None
    total: Estimate | None
    claim: str
    statement: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. `claim`: better, worse, none (no evidence), hidden, or too_little."""
        return {
            "versus": self.versus,
            "outcome": self.outcome,
            "estimate": None if self.estimate is None else self.estimate.as_dict(),
            "total": None if self.total is None else self.total.as_dict(),
            "claim": self.claim,
            "statement": self.statement,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """The effect on retention as it stood at an earlier time, by those who had matured then."""

    at: datetime
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Measurement:
    """All of it: arms, contrasts, checks, incentives, the forecast, and the design document's figure.

    ratio checks the arms of all who entered, attrition those whose result is known; if either is broken every
    comparison is hidden.
    """

    as_of: datetime
    window_days: float
    currency: str
    arms: tuple[ArmRow, ...]
    contrasts: tuple[Contrast, ...]
    ratio: SampleRatio | None
    attrition: SampleRatio | None
    incentives: tuple[IncentiveRow, ...]
    forecast: Forecast | None
    saved: SavedRevenue
    looks: tuple[Look, ...]
    adjusted_by: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def hidden(self) -> bool:
        """Whether comparisons are hidden, because the arms are not as drawn."""
        return any(check is not None and check.broken for check in (self.ratio, self.attrition))

    def contrast(self, outcome: str = "retention", versus: str = HOLDOUT) -> Contrast | None:
        """One of the contrasts; None where that arm has nobody."""
        return next((c for c in self.contrasts if (c.outcome, c.versus) == (outcome, versus)), None)


def measure(
    warehouse: Warehouse,
    settings: Settings,
    as_of: datetime,
    *,
    facts: pd.DataFrame | None = None,
    merged: Mapping[str, Sequence[str]] | None = None,
    window_days: float | None = None,
) -> Measurement:
    """Measure by intention to treat, as known at a time.

    Parameters
    ----------
    settings: shares of the arms, window (`outcomes.window_days`), what revenue means, currency, seed.
    as_of: aware UTC.
    facts: `churn_probability` and `clv` by decision id (`before.campaign_facts`), to narrow the intervals and
        for the design document's figure; None: payments before the entry are all that is known.
    merged: surviving customer id -> other ids of the same customer.
    window_days: instead of the setting.

    The estimates are unbiased given the logged probabilities; the intervals named `always` may be looked at
    daily. Formulas: `aipw`, `confidence`, `per_incentive`, `forecast`; the unit: `intention`.
    """
    return conclude(
        gather(warehouse, settings, as_of, facts=facts, merged=merged, window_days=window_days), settings
    )


def conclude(known: Gathered, settings: Settings) -> Measurement:
    """What follows from all that is known at a time; arguments as of `measure`."""
    units, judged, x, hidden = known.cohort.units, known.judged, known.x, known.hidden
    contrasts = [
        _contrast(units, judged, x, outcome, versus, hidden, settings.project.currency)
        for versus in (HOLDOUT, USUAL)
        for outcome in OUTCOMES
        if versus == HOLDOUT or (units["arm"] == USUAL).any()
    ]
    found = contrasts[0].estimate
    as_of, window = known.as_of, known.window_days
    return Measurement(
        as_of=as_of,
        window_days=window,
        currency=settings.project.currency,
        arms=tuple(_arm(units, judged, arm) for arm in ARMS if (units["arm"] == arm).any()),
        contrasts=tuple(contrasts),
        ratio=known.ratio,
        attrition=known.attrition,
        incentives=tuple(
            rows_by_incentive(known.judged_decisions, seed=settings.project.seed, hidden=hidden)
        ),
        forecast=None
        if found is None
        else _forecast(found, contrasts[1].estimate, units, judged, x, as_of, window, known.cohort_at),
        saved=saved_revenue(units, known.clv, settings.project.currency),
        looks=() if found is None else _looks(units, judged, x, as_of, window),
        adjusted_by=known.covariates,
        notes=tuple(_notes(known.cohort, units, judged, known.attributed.notes())),
    )


def _arm(units: pd.DataFrame, judged: NDArray[np.bool_], arm: str) -> ArmRow:
    own = (units["arm"] == arm).to_numpy()
    seen = units[own & judged]
    net = seen["net"].dropna()
    return ArmRow(
        arm=arm,
        customers=int(own.sum()),
        matured=int((own & units["matured"].to_numpy()).sum()),
        judged=len(seen),
        retained=float(seen["retained"].mean()) if len(seen) else None,
        net_revenue=float(net.mean()) if len(net) else None,
        spend=float(units.loc[own, "cost"].sum()),
    )


def _compared(
    units: pd.DataFrame, rows: NDArray[np.bool_], x: NDArray[np.float64] | None, y: str, versus: str
) -> Estimate | None:
    """Treatment against another arm over these rows; None with too few of either or without chances."""
    part = units[rows]
    treated = (part["arm"] == TREATMENT).to_numpy()
    control = (part["arm"] == versus).to_numpy()
    p, q = (part[f"p_{arm}"].to_numpy(dtype=np.float64) for arm in (TREATMENT, versus))
    if min(treated.sum(), control.sum()) < LEAST_CUSTOMERS or not ((p > 0) & (q > 0)).all():
        return None
    return contrast(
        part[y].to_numpy(dtype=np.float64),
        treated,
        control,
        p,
        q,
        covariates=None if x is None else x[rows],
    )


def _contrast(
    units: pd.DataFrame,
    judged: NDArray[np.bool_],
    x: NDArray[np.float64] | None,
    outcome: str,
    versus: str,
    hidden: bool,
    currency: str,
) -> Contrast:
    column = "retained" if outcome == "retention" else "net"
    against = "doing nothing" if versus == HOLDOUT else "business as usual"
    subject = {"retention": "Retention", "net_revenue": "Net revenue per customer"}[outcome]
    known = judged & units[column].notna().to_numpy()
    if hidden:
        return Contrast(
            versus, outcome, None, None, "hidden", f"{subject} against {against}: hidden, see the arms."
        )
    if known.sum() < judged.sum():
        few = f"{int(judged.sum() - known.sum()):,} results do not state it"
        return Contrast(versus, outcome, None, None, "too_little", f"{subject} against {against}: {few}.")
    estimate = _compared(units, known, x, column, versus)
    if estimate is None:
        many = {arm: int((units.loc[judged, "arm"] == arm).sum()) for arm in (TREATMENT, versus)}
        few = f"{many[TREATMENT]:,} customers against {many[versus]:,}, too few to tell"
        return Contrast(versus, outcome, None, None, "too_little", f"{subject} against {against}: {few}.")
    treated = int((units.loc[known, "arm"] == TREATMENT).sum())
    total = estimate.scaled(treated)
    claim = "better" if estimate.always_low > 0 else "worse" if estimate.always_high < 0 else "none"
    words = {"better": "better than", "worse": "worse than", "none": "no evidence of a difference to"}[claim]
    if outcome == "retention":
        shown = _span(estimate, lambda v: f"{100 * v:+.1f}") + " points"
        all_of = f"{total.value:+,.0f} customers kept among {treated:,} treated"
    else:
        shown = _span(estimate, lambda v: f"{v:+,.2f}") + f" {currency}"
        all_of = (
            f"{total.value:+,.0f} {currency} ({total.always_low:+,.0f} to {total.always_high:+,.0f}) "
            f"for {treated:,} treated customers"
        )
    return Contrast(
        versus, outcome, estimate, total, claim, f"{subject}: {words} {against}, {shown}; {all_of}."
    )


def _span(found: Estimate, show: Any) -> str:
    return (
        f"{show(found.value)} (whenever looked at {show(found.always_low)} to {show(found.always_high)}; "
        f"for one look {show(found.low)} to {show(found.high)})"
    )


def _forecast(
    found: Estimate,
    money: Estimate | None,
    units: pd.DataFrame,
    judged: NDArray[np.bool_],
    x: NDArray[np.float64] | None,
    as_of: datetime,
    window: float,
    cohort_at: Any,
) -> Forecast:
    starts = -days_before(units, as_of)
    year = starts[starts > -365.25]
    span = max(min(365.25, float(-starts.min())), 1.0)
    treated = (units["arm"] == TREATMENT).to_numpy()
    pace = Pace(
        starts=np.sort(starts).tolist(),
        per_day=len(year) / span,
        holdout=float(units["p_holdout"].mean()),
        usual=float(units["p_usual"].mean()),
    )
    spread = [
        float(units.loc[judged & (units["arm"] == arm).to_numpy(), "retained"].var(ddof=0))
        for arm in (HOLDOUT, TREATMENT)
    ]
    shorter = []
    for days in SHORTER_DAYS:
        if days >= window:
            continue
        other = cohort_at(days).units
        known = (other["matured"] & other["retained"].notna()).to_numpy()
        # a shorter window is only an answer where nearly everybody's departure is dated
        if known.sum() >= 0.9 * other["matured"].sum():
            estimate = _compared(other, known, x, "retained", HOLDOUT)
            if estimate is not None and estimate.value * found.value > 0:
                shorter.append((days, estimate))
    cost = float(units.loc[treated, "cost"].mean())
    gain = money.value if money is not None and money.value > 0 else cost
    return forecast(
        found,
        pace,
        as_of=as_of,
        window_days=window,
        variances=(spread[0], spread[1]),
        shorter=shorter,
        gain=gain,
        cost=cost,
    )


def _looks(
    units: pd.DataFrame,
    judged: NDArray[np.bool_],
    x: NDArray[np.float64] | None,
    as_of: datetime,
    window: float,
) -> tuple[Look, ...]:
    """The effect at twelve times since there was enough to look at, by today's knowledge of who matured."""
    import pandas as pd

    mature_at = units["start"] + pd.Timedelta(days=window)
    known = mature_at[judged]
    if known.empty:
        return ()
    times = pd.date_range(known.min(), utc_naive(as_of), periods=LOOKS + 1)[1:]
    looks = []
    for at in times:
        rows = judged & (mature_at <= at).to_numpy()
        estimate = _compared(units, rows, x, "retained", HOLDOUT)
        if estimate is not None:
            looks.append(Look(at.to_pydatetime(), estimate))
    return tuple(looks)


def _notes(cohort: Cohort, units: pd.DataFrame, judged: NDArray[np.bool_], said: Sequence[str]) -> list[str]:
    notes = [*cohort.notes, *said]
    running = int((~units["matured"]).sum())
    if running:
        notes.append(f"{running:,} customers are still within their window and are not compared yet.")
    unknown = int((units["matured"].to_numpy() & ~judged).sum())
    if unknown:
        notes.append(f"{unknown:,} customers have no known result after their window and are left out.")
    if units.empty:
        notes.append(
            "There is no past decision in which an offer had a chance, so there is nothing to compare."
        )
    return notes
