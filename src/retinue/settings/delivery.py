"""The section `[delivery]`: whether and how decisions become actions."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from retinue.settings.base import Section

__all__ = ["DeliverySettings"]


class DeliverySettings(Section):
    """Through which channels offers are made and told, and when."""

    mode: Literal["off", "test", "live"] = Field(
        "off",
        description="off: a campaign is a list, others carry it out; test: only test_recipients are "
        "written to; live: everybody",
    )
    automatic: bool = Field(
        False,
        description="a run plans, approves and starts its campaign by itself; else it plans it and a person "
        "approves the plan. What the rules send to a person waits for one in any case",
    )
    test_recipients: tuple[str, ...] = Field(
        (), description="addresses as the channel knows them; in test mode nobody else gets anything"
    )
    messages: tuple[str, ...] = Field(
        (), description="channels that tell the customer, in this order unless the customer prefers another"
    )
    grants: dict[str, str] = Field(
        default_factory=dict,
        description="incentive type → channel that makes it real, such as percentage_discount = "
        '"stripe"; a customer is told only after that succeeded',
    )
    records: tuple[str, ...] = Field(
        (),
        description="channels into other systems that hear of each offer that is made: a task for a "
        "colleague, fields of the CRM, an event",
    )
    notices: tuple[str, ...] = Field((), description="channels that tell colleagues of work that waits")
    templates: Path = Field(Path("templates"), description="folder of the messages' templates")
    language: str = Field(
        "en", min_length=2, description="language of a message where the customer's is unknown"
    )
    quiet_from: time = Field(
        time(20, 0), description="no message from this time on, in the customer's time zone"
    )
    quiet_until: time = Field(time(8, 0), description="until this time")
    timezone: str = Field("UTC", description="IANA time zone of customers of whom none is known")
    per_minute: int = Field(600, ge=1, description="most deliveries a worker begins in a minute")
    at_once: int = Field(4, ge=1, le=64, description="calls a worker makes at the same time")
    unsure_wait_seconds: float = Field(
        120.0, ge=0, description="time after which a look-up that finds nothing means that nothing was done"
    )
    lease_seconds: float = Field(
        60.0, gt=0, le=3600, description="a worker that is silent for so long has lost its delivery"
    )
    most_tries: int = Field(8, ge=1, le=100, description="tries before a delivery counts as failed")
    first_wait_seconds: float = Field(30.0, gt=0, description="wait before the second try; doubled each time")
    longest_wait_seconds: float = Field(3600.0, gt=0, description="longest such wait")
    give_up_days: float = Field(
        3.0, gt=0, description="a delivery that could not begin for so long is given up: the offer is stale"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone '{name}'; write one like Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _somebody_to_test_with(self) -> DeliverySettings:
        if self.mode == "test" and not self.test_recipients:
            raise ValueError('mode = "test" needs test_recipients: the addresses that may be written to')
        return self
