"""The audit trail: records, and whether it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

__all__ = ["AuditPage", "AuditRecordShown", "AuditStatus", "TrailVerdict"]


class AuditRecordShown(BaseModel):
    """One record of the trail, chained to the one before by its hash."""

    number: int
    at: datetime
    actor: str
    action: str
    kind: str
    object: str
    detail: dict[str, Any]
    previous: str
    hash: str


class AuditPage(BaseModel):
    """A page of records, newest first."""

    records: list[AuditRecordShown]
    next: str | None


class AuditStatus(BaseModel):
    """Where the trail ends, and up to which record a signed checkpoint vouches for it."""

    records: int
    head: str | None
    covered: int = Field(description="0: there is no checkpoint yet")
    checkpoint_at: datetime | None
    key: str | None = Field(description="the public key that signs checkpoints")


class TrailBreak(BaseModel):
    """One thing that is not as it was written."""

    kind: str
    first: int
    last: int
    words: str


class TrailVerdict(BaseModel):
    """Whether the whole trail is as it was written, with each break."""

    whole: bool
    records: int
    head: str
    checkpoints: int
    covered: int
    breaks: list[TrailBreak]
    more: int = Field(description="breaks beyond those that are named")
