"""The section `[cancel]`: what happens when a customer wants to cancel."""

from __future__ import annotations

from pydantic import Field, field_validator

from retinue.settings.base import Section

__all__ = ["CancelSettings"]


class CancelSettings(Section):
    """The moment at the cancel button. It needs `api.cancel_secret`."""

    probability: float = Field(
        0.7,
        gt=0,
        le=1,
        description="share of cancel requests that are carried out, until enough of them were observed",
    )
    least_requests: int = Field(
        50, ge=1, description="requests without an offer and with a known end, from which the share is taken"
    )
    within_days: float = Field(
        60.0, gt=0, le=730, description="a request was carried out when the contract ended within this time"
    )
    same_answer_days: float = Field(
        30.0, ge=0, le=730, description="whoever asks again within this time gets the same answer"
    )
    offers_per_year: int = Field(
        1, ge=0, description="offers shown to one customer at the button within 365 days"
    )
    facts_days: float = Field(14.0, gt=0, description="no offer is made on facts from a run older than this")
    token_minutes: int = Field(60, ge=1, le=1440, description="a customer's token may last no longer")
    customer_per_minute: int = Field(10, ge=1, description="requests of one customer")
    address_per_minute: int = Field(60, ge=1, description="requests from one address")
    call_back: bool = Field(
        False,
        description="where a person must approve the offer: tell the customer that somebody will call",
    )
    reasons: tuple[str, ...] = Field(
        ("too_expensive", "not_using", "missing_feature", "bad_service", "switching", "temporary", "other"),
        min_length=1,
        description="what a customer may give as the reason",
    )

    @field_validator("reasons")
    @classmethod
    def _short(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for reason in given:
            if not reason.replace("_", "").isalnum() or not reason.isascii() or len(reason) > 40:
                raise ValueError(f"'{reason}' is no reason; write one like too_expensive")
        return given
