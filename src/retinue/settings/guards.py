"""The section `[guards]`: to whom nothing may be offered, however well it would pay."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from retinue.settings.base import Section

__all__ = [
    "CancelClickSettings",
    "ConsentSettings",
    "ContactSettings",
    "FairnessSettings",
    "GuardSettings",
    "SleepingDogSettings",
]


class ContactSettings(Section):
    """How often a customer may be approached, by us or anybody whose interventions are on record."""

    most: int = Field(4, ge=1, description="so many within `days` are enough: no further offer")
    days: float = Field(30.0, gt=0, le=36_500, description="the time looked back")


class ConsentSettings(Section):
    """How the table `consents` is read before an offer."""

    channels: tuple[str, ...] = Field(
        (),
        description="ways an offer may go out; a customer is withheld when none of them may be used. "
        "Empty: none of those the customer spoke of",
    )
    purpose: str = Field("retention", min_length=1, description="what an offer is for")
    required: bool = Field(
        False, description="whether a customer without a word on consent is withheld as well"
    )


class CancelClickSettings(Section):
    """When a customer who asks to cancel and stays is taken to do it for the offer."""

    days: float = Field(365.0, gt=0, le=36_500, description="the time looked back")
    taken_back: int = Field(
        2, ge=1, description="so many requests taken back withhold, if one of them was paid for"
    )
    paid_within_days: float = Field(
        30.0, ge=0, le=36_500, description="a request was paid for when an offer followed within this time"
    )
    always: int = Field(
        4, ge=1, description="so many requests taken back withhold, even if none was paid for"
    )
    same_within_days: float = Field(
        14.0, ge=0, le=36_500, description="requests closer than this to the one before count as one"
    )
    settle_days: float = Field(
        30.0,
        ge=0,
        le=36_500,
        description="a request is taken back when the customer is still there after this time",
    )


class SleepingDogSettings(Section):
    """When contact is known to harm; never said before anything was learned."""

    sure: float = Field(0.9, gt=0.5, lt=1, description="probability of harm that withholds")
    least_effect: float = Field(
        0.02, gt=0, lt=1, description="harm: the probability of leaving rises by more than this"
    )


class FairnessSettings(Section):
    """Whether groups of customers get offers alike."""

    attributes: tuple[str, ...] = Field(
        (),
        description="columns of customers (country, current_tier, acquisition_channel, "
        "account_created_date) or keys of demographic_data to compare; none: nothing is compared",
    )
    gate: Literal["report", "refuse"] = Field(
        "report", description="refuse: a run that surely favours some group makes no offers"
    )
    least_ratio: float = Field(
        0.8, gt=0, le=1, description="share offered of a group relative to the rest (four-fifths rule)"
    )
    least_customers: int = Field(30, ge=2, description="smaller groups are named, not judged")


class GuardSettings(Section):
    """To whom nothing may be offered, however well it would pay."""

    offers_per_year: int | None = Field(4, ge=1, description="offers to one customer within 365 days")
    offers_per_lifetime: int | None = Field(12, ge=1, description="offers to one customer ever")
    cost_per_year: float | None = Field(
        None, gt=0, description="money given to one customer within 365 days, in project currency"
    )
    cost_per_lifetime: float | None = Field(None, gt=0, description="money given to one customer ever")
    contacts: ContactSettings = Field(ContactSettings(), description="cap on how often one is approached")
    consent: ConsentSettings = Field(ConsentSettings(), description="how consent is read")
    cancel_clicks: CancelClickSettings = Field(
        CancelClickSettings(), description="who asks to cancel in order to be paid"
    )
    sleeping_dog: SleepingDogSettings = Field(
        SleepingDogSettings(), description="whom contact is known to harm"
    )
    fairness: FairnessSettings = Field(FairnessSettings(), description="whether groups get offers alike")
