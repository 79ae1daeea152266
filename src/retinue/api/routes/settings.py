"""The settings as they count, and who may do what."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.shapes.settings import Permission, Role, Roles, Setting, SettingsPage, SettingsSection
from retinue.security import PERMISSIONS, ROLES
from retinue.settings.describing import described

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["settings"], dependencies=[Depends(permit("settings.read"))])


@router.get("/settings", response_model=SettingsPage, responses=NOT_MODIFIED)
def list_(request: Request, door: Service) -> Response:
    """Every setting with its value, its default and where it was set; of a secret whether it is set."""
    rows = [asdict(one) for one in described(door.settings)]
    return tagged(
        request,
        SettingsPage(
            sections=[
                SettingsSection(section=name, settings=[Setting(**one) for one in found])
                for name, found in groupby(rows, key=lambda one: str(one.pop("section")))
            ]
        ),
    )


@router.get("/roles", response_model=Roles, responses=NOT_MODIFIED)
def roles(request: Request) -> Response:
    """Which role may do what: the table that the service itself decides by."""
    table = [
        Permission(
            permission=name,
            words=one.words,
            roles=[role for role in ROLES if role in one.roles],
            personal=one.personal,
        )
        for name, one in PERMISSIONS.items()
    ]
    return tagged(
        request,
        Roles(roles=[Role(role=name, words=words) for name, words in ROLES.items()], permissions=table),
    )
