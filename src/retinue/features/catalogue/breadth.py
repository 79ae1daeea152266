"""How many different things the customer uses: distinct event types."""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m

__all__ = ["FEATURES"]


def kinds(window: int) -> Feature:
    return Feature(
        name=f"event_kinds_{window}d",
        family="breadth",
        value=m.EVENT_KINDS.over(window),
        unit="event types",
        formula=f"distinct event types with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"different features used in the last {window} days",
        higher_is="good",
    )


FEATURES: tuple[Feature, ...] = (
    *(kinds(w) for w in (30, 90, 365)),
    Feature(
        name="event_kinds_change_90d",
        family="breadth",
        value=m.EVENT_KINDS.over(90) / m.EVENT_KINDS.over(90, shift=90),
        unit="ratio",
        formula="distinct event types with age in [0, 90) days / those in [90, 180)",
        missing="no event in the earlier window",
        label="different features used in the last 90 days against the 90 before",
        higher_is="good",
    ),
    Feature(
        name="breadth_kept",
        family="breadth",
        value=m.EVENT_KINDS.over(30) / m.EVENT_KINDS.ever(),
        unit="share",
        formula="event_kinds_30d / distinct event types ever used",
        missing="no event ever",
        label="share of the features ever used that were used in the last 30 days",
        higher_is="good",
    ),
)
