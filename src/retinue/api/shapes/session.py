"""Who sits at the browser, what they may, and how they get in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Closed
from retinue.security import PERMISSIONS, ROLES

__all__ = ["AsRole", "BrowserSession", "PermissionName", "RoleWord", "SignedOut", "Way"]

PermissionName = Annotated[str, Field(json_schema_extra={"enum": list(PERMISSIONS)})]
RoleWord = Annotated[str, Field(json_schema_extra={"enum": list(ROLES)})]


class Way(BaseModel):
    """One way to sign in."""

    way: Literal["builtin", "provider"]
    label: str = Field(description="what to call it")
    start: str = Field(description="where a browser goes to sign in; `&to=/path` says where to come back to")


class BrowserSession(BaseModel):
    """Whoever sits at the browser that asks. Keys and tokens of programs are not looked at."""

    signed_in: bool
    subject: str | None = Field(description="the name that stands in histories")
    name: str | None = Field(description="what to call them")
    kind: Literal["local", "user", "provider"] | None = Field(
        description="at this machine while nobody need sign in, a user of Retinue's own, or of your provider"
    )
    roles: list[RoleWord]
    permissions: list[PermissionName] = Field(description="what they may")
    as_role: RoleWord | None = Field(
        description="the one role as which whoever is at this machine looks at it"
    )
    csrf: str | None = Field(
        description="to be sent as `X-CSRF-Token` with each request that changes something; null: not needed"
    )
    renew_at: datetime | None = Field(
        description="when the session's token must have been renewed; in the past: renew it, then ask again"
    )
    idle_at: datetime | None = Field(description="when it ends unless something is done")
    ends_at: datetime | None = Field(description="when it ends in any case")
    ways: list[Way] = Field(description="how to sign in; empty where nobody need, or can")
    sample_data: bool = Field(description="whether all that is shown is made up")
    project: str
    currency: str = Field(description="ISO 4217 code of every amount")
    version: str


class AsRole(Closed):
    """As which role whoever is at this machine wants to look at it; null: as all of them again."""

    role: RoleWord | None


class SignedOut(BaseModel):
    """What is left to do."""

    continue_at: str | None = Field(
        description="where the browser must go to sign out at the provider too; null: nowhere"
    )
