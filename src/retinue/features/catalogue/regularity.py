"""The customer's own rhythm, and silence measured against it.

Gaps are between consecutive distinct UTC days. With n days, first to last spanning S, the mean gap is
S / (n − 1); the variance is the mean of the squared gaps minus the squared mean (population form).
"""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, given, greatest, square_root
from retinue.features.expressions import Constant, Expression, Measure

__all__ = ["FEATURES"]


def _mean_gap(days: Measure, first: Measure, last: Measure, window: int) -> Expression:
    """Days from the first to the last of the days with one, over one less than their number."""
    return (last.over(window) - first.over(window)) / (days.over(window) - 1.0)


def _dispersion(measure: Measure) -> Expression:
    """Pearson's χ² of counts in stretches of 180 days against one constant rate, per degree of freedom.

    The stretches are those that windows in use cut anyway: ages [0, 7), [7, 30), [30, 60), [60, 90) and
    [90, 180) days.
    """
    whole = measure.over(180)
    stretches = (
        (measure.over(7), 7),
        (measure.over(30) - measure.over(7), 23),
        (measure.over(30, shift=30), 30),
        (measure.over(90) - measure.over(30) - measure.over(30, shift=30), 30),
        (whole - measure.over(90), 90),
    )
    total: Expression = Constant(0.0)
    for counted, width in stretches:
        expected = whole * (width / 180.0)
        total = total + (counted - expected) * (counted - expected) / expected
    return total / float(len(stretches) - 1)


def dispersion(what: str, measure: Measure, label: str) -> Feature:
    return Feature(
        name=f"{what}_dispersion_180d",
        family="regularity",
        value=_dispersion(measure),
        unit="ratio",
        formula=f"index of dispersion (Fano factor) of {label} over the ages [0, 7), [7, 30), [30, 60), "
        "[60, 90) and [90, 180) days: Σ (n − e)² / e / 4, e being what an even rate gives; 1 at random, more "
        "in bursts",
        missing="none in 180 days",
        label=f"unevenness of {label} in the last 180 days",
        higher_is="neutral",
    )


_DAYS = m.PURCHASE_DAYS.ever()
_GAPS = _DAYS - 1.0
_MEAN_GAP = m.MEAN_PURCHASE_GAP
# Several gaps are needed to speak of spread; rounding must not push a variance of 0 below it.
_SD_GAP = square_root(
    given(_DAYS - 2.0, greatest(m.PURCHASE_GAP_SQUARES.ever() / _GAPS - _MEAN_GAP * _MEAN_GAP, 0.0))
)
_MEAN_ACTIVITY_GAP = _mean_gap(m.ACTIVE_DAYS, m.FIRST_ACTIVE_DAY, m.LAST_ACTIVE_DAY, 365)
_RECENT_ACTIVITY_GAP = _mean_gap(m.ACTIVE_DAYS, m.FIRST_ACTIVE_DAY, m.LAST_ACTIVE_DAY, 90)
_MEAN_LOGIN_GAP = _mean_gap(m.LOGIN_DAYS, m.FIRST_LOGIN_DAY, m.LAST_LOGIN_DAY, 365)
_MEAN_TICKET_GAP = (m.LAST_TICKET_DAY.ever() - m.FIRST_TICKET_DAY.ever()) / (m.TICKET_DAYS.ever() - 1.0)

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="mean_purchase_gap_days",
        family="regularity",
        value=_MEAN_GAP,
        unit="days",
        formula="purchase_span_days / repeat_purchase_days",
        missing="fewer than two purchase days",
        label="usual days between purchases",
        higher_is="bad",
    ),
    Feature(
        name="sd_purchase_gap_days",
        family="regularity",
        value=_SD_GAP,
        unit="days",
        formula="population standard deviation of the gaps between consecutive purchase days",
        missing="fewer than three purchase days",
        label="spread of the days between purchases",
        higher_is="bad",
    ),
    Feature(
        name="purchase_burstiness",
        family="regularity",
        value=(_SD_GAP - _MEAN_GAP) / (_SD_GAP + _MEAN_GAP),
        unit="-1 to 1",
        formula="(sd − mean) / (sd + mean) of the gaps between purchase days (Goh and Barabási 2008): "
        "−1 regular, 0 random, towards 1 in bursts",
        missing="fewer than three purchase days",
        label="burstiness of purchases",
        higher_is="neutral",
    ),
    Feature(
        name="purchase_silence_ratio",
        family="regularity",
        value=days_since(m.LAST_PURCHASE.ever()) / _MEAN_GAP,
        unit="ratio",
        formula="days_since_last_transaction / mean_purchase_gap_days",
        missing="fewer than two purchase days",
        label="time since the last purchase in units of the usual gap",
        higher_is="bad",
    ),
    Feature(
        name="mean_activity_gap_365d",
        family="regularity",
        value=_MEAN_ACTIVITY_GAP,
        unit="days",
        formula="days from the first to the last active day / (active days − 1), age in [0, 365) days",
        missing="fewer than two active days in the window",
        label="usual days between visits",
        higher_is="bad",
    ),
    Feature(
        name="activity_silence_ratio",
        family="regularity",
        value=days_since(m.LAST_EVENT.ever()) / _MEAN_ACTIVITY_GAP,
        unit="ratio",
        formula="days_since_last_event / mean_activity_gap_365d",
        missing="fewer than two active days in 365 days",
        label="time since the last visit in units of the usual gap",
        higher_is="bad",
    ),
    Feature(
        name="purchase_silence_sd",
        family="regularity",
        value=(days_since(m.LAST_PURCHASE.ever()) - _MEAN_GAP) / _SD_GAP,
        unit="standard deviations",
        formula="(days_since_last_transaction − mean_purchase_gap_days) / sd_purchase_gap_days",
        missing="fewer than three purchase days, or gaps that are all the same",
        label="time since the last purchase beyond the usual gap, in units of its spread",
        higher_is="bad",
    ),
    Feature(
        name="purchase_gap_change_365d",
        family="regularity",
        value=_mean_gap(m.PURCHASE_DAYS, m.FIRST_PURCHASE_DAY, m.LAST_PURCHASE_DAY, 365) / _MEAN_GAP,
        unit="ratio",
        formula="mean gap between purchase days with age in [0, 365) days / mean_purchase_gap_days",
        missing="fewer than two purchase days in 365 days",
        label="days between purchases in the last year against the whole history",
        higher_is="bad",
    ),
    Feature(
        name="activity_gap_change_90d",
        family="regularity",
        value=_RECENT_ACTIVITY_GAP / _MEAN_ACTIVITY_GAP,
        unit="ratio",
        formula="mean gap between active days with age in [0, 90) days / mean_activity_gap_365d",
        missing="fewer than two active days in 90 days",
        label="days between visits in the last 90 days against the year",
        higher_is="bad",
    ),
    Feature(
        name="login_silence_ratio",
        family="regularity",
        value=days_since(m.LAST_LOGIN.ever()) / _MEAN_LOGIN_GAP,
        unit="ratio",
        formula="days_since_last_login / (days from the first to the last login day / (login days − 1), "
        "age in [0, 365) days)",
        missing="fewer than two login days in 365 days",
        label="time since the last login in units of the usual gap",
        higher_is="bad",
    ),
    Feature(
        name="ticket_silence_ratio",
        family="regularity",
        value=days_since(m.LAST_TICKET.ever()) / _MEAN_TICKET_GAP,
        unit="ratio",
        formula="days_since_last_ticket / (days from the first to the last ticket day / (ticket days − 1))",
        missing="fewer than two ticket days",
        label="time since the last support ticket in units of the usual gap",
        higher_is="neutral",
    ),
    dispersion("event", m.EVENTS, "activity"),
    dispersion("login", m.LOGINS, "logins"),
)
