"""The session of a browser: who sits there, and what they may."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from retinue.api.access import principal_of
from retinue.api.deps import Door, Service
from retinue.api.shapes.session import BrowserSession
from retinue.errors import RequestError
from retinue.security import PERMISSIONS, Principal, may

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/session", tags=["session"])


@router.get("", response_model=BrowserSession)
async def show(request: Request, door: Service, response: Response) -> BrowserSession:
    """Who sits at this browser, what they may, and how they get in where nobody is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return await run_in_threadpool(_session, request, door)


def _session(request: Request, door: Door) -> BrowserSession:
    who = _whoever(request, door)
    local = who is not None and who.kind == "local"
    return BrowserSession(
        signed_in=who is not None,
        subject=None if who is None else who.subject,
        name=None if who is None else who.subject,
        kind="local" if local else None,
        roles=[] if who is None else sorted(who.roles),
        permissions=[] if who is None else [name for name in PERMISSIONS if may(who, name)],
        as_role=None,
        csrf=None,
        renew_at=None,
        idle_at=None,
        ends_at=None,
        ways=[],
        sample_data=False,
        project=door.settings.project.name,
        currency=door.settings.project.currency,
        version=version("retinue"),
    )


def _whoever(request: Request, door: Door) -> Principal | None:
    if "authorization" in request.headers or "x-api-key" in request.headers:
        return None
    try:
        return principal_of(request, door)
    except RequestError as error:
        if error.status not in (401, 403):
            raise
        return None
