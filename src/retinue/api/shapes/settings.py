"""The settings as they count, and the table of permissions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.session import PermissionName, RoleWord

__all__ = ["Permission", "Role", "Roles", "Setting", "SettingsPage", "SettingsSection"]


class Setting(BaseModel):
    """One setting. Secrets have no value, only whether they are set."""

    key: str = Field(description="within its section")
    value: Any = Field(description="as it counts")
    default: Any
    description: str
    secret: bool
    is_set: bool
    set_by: Literal["default", "file", "environment", "command"]
    line: int | None = Field(description="in `retinue.toml`, as it is now")


class SettingsSection(BaseModel):
    """One section with its settings, in the order of the reference."""

    section: str
    settings: list[Setting]


class SettingsPage(BaseModel):
    """Every section; the settings of sources and channels by the names of their keys only."""

    sections: list[SettingsSection]


class Role(BaseModel):
    """A role in words."""

    role: RoleWord
    words: str


class Permission(BaseModel):
    """What may be done, in words, and who may. personal: reading it is reading personal data."""

    permission: PermissionName
    words: str
    roles: list[RoleWord]
    personal: bool


class Roles(BaseModel):
    """The one table that the service decides by."""

    roles: list[Role]
    permissions: list[Permission]
