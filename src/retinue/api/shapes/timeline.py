"""What happened to one customer over time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from retinue.store.timeline import Entry

__all__ = ["KINDS", "KindName", "Timeline", "TimelineEntry", "entry_of"]

KindName = Literal[
    "assessed",
    "cancel_choice",
    "cancel_request",
    "consent",
    "decided",
    "delivery",
    "outcome",
    "response",
    "review",
    "review_asked",
]

KINDS: Mapping[str, str] = {
    "assessed": "a run assessed the customer; `what` is the level of risk",
    "decided": "a run decided; `what` is the kind of action",
    "delivery": "a delivery changed its state; `what` is the new one",
    "response": "a channel told of the customer; `what` is opened, clicked, redeemed, bounced and so on",
    "review_asked": "an offer began to wait for a person",
    "review": "a person did something about it; `what` says what",
    "outcome": "somebody reported what became of the customer; at the time it was told",
    "consent": "the customer allowed or forbade something: `detail.granted`",
    "cancel_request": "the customer was at the cancel button; `what` is what was answered",
    "cancel_choice": "the customer chose there; `what` is the choice",
}
"""Kinds of entries in words."""

_OF_REVIEWERS = ("who", "reason")


class TimelineEntry(BaseModel):
    """One thing that happened. `detail` has what is known besides, by kind."""

    at: datetime
    kind: KindName = Field(description="; ".join(f"{name}: {words}" for name, words in KINDS.items()))
    what: str
    campaign_id: str | None
    decision_id: str | None
    delivery_id: str | None
    channel: str | None
    detail: dict[str, Any]


class Timeline(BaseModel):
    """A page of what happened, newest first; `next` is the cursor of the page after, null on the last one."""

    customer_id: str
    entries: list[TimelineEntry]
    next: str | None


def entry_of(entry: Entry, *, reviewer: bool) -> TimelineEntry:
    """An entry as it is shown. reviewer: who sees cases; to others it is not told who answered, and in which
    words."""
    detail = {name: _plain(value) for name, value in entry.detail.items()}
    if entry.kind == "outcome":
        told = detail.pop("body")
        detail |= {name: told.get(name) for name in ("retained", "observed_at", "revenue", "decision_id")}
    if entry.kind == "review" and not reviewer:
        detail = {name: value for name, value in detail.items() if name not in _OF_REVIEWERS}
    return TimelineEntry(
        at=entry.at.replace(tzinfo=UTC),
        kind=entry.kind,
        what=entry.what,
        campaign_id=entry.campaign_id,
        decision_id=entry.decision_id or detail.get("decision_id"),
        delivery_id=entry.delivery_id,
        channel=entry.channel,
        detail=detail,
    )


def _plain(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
