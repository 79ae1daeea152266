"""The sections `[privacy]` and `[retention]`: requests of customers, and how long data stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["PrivacySettings", "RetentionSettings"]


class PrivacySettings(Section):
    """Requests of customers about their data."""

    controller: str = Field(
        "", description="who answers for the data, as letters name them; default the project's name"
    )
    contact: str = Field(
        "",
        description="where a customer objects or asks for a person: an address, a page or a telephone number",
    )
    near_due_days: float = Field(
        7.0, ge=0, description="a request that is due so soon counts as near due, and the alert says so"
    )
    aggregates: Literal["keep", "drop"] = Field(
        "keep",
        description="keep: of an erased customer the rows that sums are made of stay, under random names "
        "and without what describes the person; drop: nothing stays, and past sums change",
    )
    erasures: Path | None = Field(
        None,
        description="another file, best on another machine, that gets each line of the erasure list too, so "
        "that a backup that is put back does not bring anybody back",
    )


def _days(what: str, default: float | None = None) -> Any:
    return Field(default, gt=0, description=f"days that {what} stay; none: always")


class RetentionSettings(Section):
    """How many days things stay; without a number they stay."""

    events: float | None = _days("events")
    tickets: float | None = _days("closed tickets")
    transactions: float | None = _days("payments")
    subscriptions: float | None = _days("ended contracts")
    interventions: float | None = _days("past offers")
    outcomes: float | None = _days("outcomes")
    quarantine: float | None = _days("rows set aside")
    requests: float | None = _days("sealed requests of deliveries that are over (addresses and words)")
    responses: float | None = _days("news of channels")
    cancel_moments: float | None = _days("occasions at the cancel button")
    reviews: float | None = _days("answered cases")
    inbox: float | None = _days("collected reports of outcomes")
    runs: float | None = _days("files of runs")
    artefacts: float | None = _days("finished stages, training data among them")
    backups: float | None = _days("copies of the store from before a migration")
    answers: float | None = _days("answers to customers' requests", 30.0)

    def stated(self) -> dict[str, float]:
        """What has a number.

        >>> RetentionSettings(events=730).stated()
        {'events': 730.0, 'answers': 30.0}
        """
        return {name: days for name, days in self if days is not None}
