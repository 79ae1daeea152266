"""The customer's own rhythm, and silence measured against it.

Gaps are between consecutive distinct UTC days. With n days, first to last spanning S, the mean gap is
S / (n − 1); the variance is the mean of the squared gaps minus the squared mean (population form).
"""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, given, greatest, square_root

__all__ = ["FEATURES"]

_DAYS = m.PURCHASE_DAYS.ever()
_GAPS = _DAYS - 1.0
_MEAN_GAP = (m.LAST_PURCHASE_DAY.ever() - m.FIRST_PURCHASE_DAY.ever()) / _GAPS
# Several gaps are needed to speak of spread; rounding must not push a variance of 0 below it.
_SD_GAP = square_root(
    given(_DAYS - 2.0, greatest(m.PURCHASE_GAP_SQUARES.ever() / _GAPS - _MEAN_GAP * _MEAN_GAP, 0.0))
)
_MEAN_ACTIVITY_GAP = (m.LAST_ACTIVE_DAY.over(365) - m.FIRST_ACTIVE_DAY.over(365)) / (
    m.ACTIVE_DAYS.over(365) - 1.0
)

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
        name="purchase_gap_variation",
        family="regularity",
        value=_SD_GAP / _MEAN_GAP,
        unit="ratio",
        formula="sd_purchase_gap_days / mean_purchase_gap_days",
        missing="fewer than three purchase days",
        label="irregularity of purchases",
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
)
