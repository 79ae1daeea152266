"""The section `[rollout]`: how the programme grows from a pilot to everybody."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["GateSettings", "RolloutSettings"]


class GateSettings(Section):
    """What must be measured before the next phase."""

    days: float = Field(28.0, ge=0, description="least days since the phase began")
    outcomes: int = Field(
        500, ge=0, description="least customers with a known result, treated and left alone together"
    )
    least_effect: float = Field(
        0.0,
        gt=-1,
        lt=1,
        description="the lower end of the interval of the effect on retention must reach this share; "
        "below 0: not shown to harm by more",
    )
    most_objections: float = Field(
        0.02,
        ge=0,
        le=1,
        description="largest share of those who got an offer in this phase and objected or complained since",
    )


class RolloutSettings(Section):
    """The phases of a roll-out: a pilot that people review, an expansion, everybody."""

    phase: Literal["off", "pilot", "expand", "full"] = Field(
        "off",
        description="where the roll-out begins; from then on `retinue rollout` moves it. off: no roll-out, "
        "everybody is in",
    )
    pilot_customers: int = Field(
        10_000, ge=1, description="customers in the pilot; a person reviews every offer"
    )
    expand_customers: int = Field(
        100_000, ge=1, description="customers in the expansion; low-risk offers go out by themselves"
    )
    salt: str = Field(
        "retinue-rollout", min_length=1, description="changing it draws other customers: do not"
    )
    to_expand: GateSettings = Field(GateSettings(), description="from the pilot to the expansion")
    to_full: GateSettings = Field(GateSettings(), description="from the expansion to everybody")
    fallback: bool = Field(
        False, description="whether the job `rollout` goes back a phase by itself when harm is sure"
    )
    harm: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="harm is sure when the whole interval of the effect on retention lies below minus this",
    )
