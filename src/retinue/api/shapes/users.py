"""Users of Retinue's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from retinue.api.shapes.common import Closed
from retinue.api.shapes.session import RoleWord

__all__ = ["NewPassword", "NewUser", "RolesOf", "User", "UserMade", "UserName", "Users"]

_NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_NEW = "12 characters or more; null: one is made, and answered once"

UserName = Annotated[str, Path(pattern=_NAME, examples=["ada.l"])]


class User(BaseModel):
    """Somebody who may sign in."""

    name: str
    roles: list[RoleWord]
    state: Literal["active", "disabled"]
    created_at: datetime
    since: datetime = Field(description="of their password, or of being let in again")


class Users(BaseModel):
    """Every user by name."""

    users: list[User]


class RolesOf(Closed):
    """Roles, and no others."""

    roles: list[RoleWord] = Field(min_length=1, max_length=10)


class NewPassword(Closed):
    """A password for a user."""

    password: str | None = Field(None, max_length=1_000, description=_NEW)


class NewUser(Closed):
    """A user to be made. A name is no e-mail address: it stands in histories."""

    name: str = Field(pattern=_NAME, examples=["ada.l"])
    roles: list[RoleWord] = Field(min_length=1, max_length=10)
    password: str | None = Field(None, max_length=1_000, description=_NEW)


class UserMade(BaseModel):
    """The user, and the password that was made for them; it cannot be had again."""

    user: User
    password: str | None = Field(description="null where one was given")
