"""The section `[review]`: who decides on offers that wait for a person, and by when."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from retinue.settings.base import Section

__all__ = ["ReviewSettings"]


class ReviewSettings(Section):
    """The review queue."""

    people: dict[str, str] = Field(
        default_factory=dict,
        description="who → role; without any, whoever works on this machine has the role admin",
    )
    limits: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(
        default_factory=lambda: {"csm": Decimal(250), "approver": Decimal(2_500)},
        description="role → dearest offer it may approve; the role admin has no limit",
    )
    four_eyes_above: Decimal | None = Field(
        Decimal(1_000), ge=0, description="an offer that costs more needs two different people; none: never"
    )
    due_hours: float = Field(48.0, gt=0, description="time to answer")
    urgent_due_hours: float = Field(8.0, gt=0, description="the same for an urgent case")
    escalate_to: str | None = Field(
        None, description="who gets a case that is overdue; without: it is marked and stays where it is"
    )
    expire_days: float = Field(
        14.0, gt=0, description="a case that nobody answered for so long is closed and its money freed"
    )
    ask_again_days: float = Field(
        30.0,
        ge=0,
        description="after a person rejected an offer, none is proposed to that customer for so long",
    )

    @model_validator(mode="after")
    def _known_roles(self) -> ReviewSettings:
        roles = {*self.limits, "admin"}
        for who, role in self.people.items():
            if role not in roles:
                raise ValueError(f"{who} has the role '{role}', which is none of {', '.join(sorted(roles))}")
        if self.escalate_to is not None and self.people and self.escalate_to not in self.people:
            raise ValueError(f"escalate_to = '{self.escalate_to}' is not one of people")
        return self
