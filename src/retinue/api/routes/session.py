"""The session of a browser: who sits there, what they may, and how it goes on or ends."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from retinue.api.access import AS_ROLE, at_this_machine, local, principal_of
from retinue.api.deps import Door, Service, caller, taken
from retinue.api.errors import problem_of
from retinue.api.observing import route_of
from retinue.api.sessions import Held, held_by
from retinue.api.shapes.session import AsRole, BrowserSession, SignedOut, Way
from retinue.errors import RequestError
from retinue.security import PERMISSIONS, ROLES, Principal, may
from retinue.store.users import any_users

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/session", tags=["session"])

_KINDS = {"builtin": "user", "provider": "provider"}
_LEAVING = '"cache", "storage"'


@router.get("", response_model=BrowserSession)
async def show(request: Request, door: Service, response: Response) -> BrowserSession:
    """Who sits at this browser, what they may, and how they get in where nobody is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return await run_in_threadpool(_session, request, door)


@router.post("/renew", response_model=BrowserSession)
async def renew(request: Request, door: Service, response: Response) -> BrowserSession | Response:
    """New tokens for this browser's session; it is no activity, so its idle end stays.

    Whoever asks twice with the same tokens within seconds, as two tabs do, gets the same new ones. 401: the
    session is over, and its cookies are taken away. 409: it is being renewed; try again.
    """
    response.headers["Cache-Control"] = "no-store"
    try:
        return await run_in_threadpool(_renewed, request, door, response)
    except RequestError as error:
        if error.status != 401 or door.sessions is None:
            raise
        answer = problem_of(error, route_of(request.scope))
        door.sessions.forget(answer, request.cookies)
        return answer


@router.delete("", response_model=SignedOut)
async def sign_out(request: Request, door: Service, response: Response) -> SignedOut:
    """Sign out at this browser: the session, its grant and its tokens end at once.

    So do those of a session that counts no more: whoever comes next must not be let in by what is left of it.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Clear-Site-Data"] = _LEAVING
    if door.sessions is None:
        return SignedOut(continue_at=None)
    held = held_by(request)
    door.sessions.forget(response, request.cookies)
    if held is None:
        return SignedOut(continue_at=None)
    return SignedOut(continue_at=await run_in_threadpool(door.sessions.end, held, door.clock()))


@router.post("/as", response_model=BrowserSession)
def look_as(request: Request, door: Service, response: Response, given: AsRole) -> BrowserSession:
    """Look at everything as one role does, at this machine while nobody need sign in.

    403: people sign in here, or the request comes from elsewhere. 422: it is no role of a person.
    """
    if not at_this_machine(request, door):
        raise RequestError(
            "Only whoever is at this machine, while nobody need sign in, may look at it as another role.",
            status=403,
            fix="Sign in as somebody who has that role.",
        )
    if given.role is not None and (given.role not in ROLES or given.role == "service"):
        able = ", ".join(role for role in ROLES if role != "service")
        raise RequestError("That is no role of a person.", status=422, where="role", fix=f"Roles: {able}.")
    response.headers["Cache-Control"] = "no-store"
    request.cookies[AS_ROLE] = given.role or ""
    if given.role is None:
        response.delete_cookie(AS_ROLE, path="/", httponly=True, samesite="strict")
    else:
        response.set_cookie(AS_ROLE, given.role, path="/", httponly=True, samesite="strict")
    return _said(door, local(request), None)


def _session(request: Request, door: Door) -> BrowserSession:
    held, now = held_by(request), door.clock()
    phase = None if held is None else held.phase(now)
    if phase == "over":
        held = None
    if phase != "live" and not at_this_machine(request, door):
        taken(door.access.addresses, caller(request, door), now.timestamp())
        return _said(door, None, held)
    try:
        return _said(door, principal_of(request, door), held)
    except RequestError as error:
        if error.status not in (401, 403):
            raise
        return _said(door, None, None)


def _renewed(request: Request, door: Door, response: Response) -> BrowserSession:
    held = held_by(request)
    if held is None or door.sessions is None:
        raise RequestError("Nobody is signed in at this browser.", status=401, fix="Sign in.")
    taken(door.access.addresses, caller(request, door), door.clock().timestamp())
    renewed = door.sessions.renew(held, door.clock, request.cookies)
    request.state.session = renewed.held
    renewed.put(response)
    return _said(door, principal_of(request, door), renewed.held)


def _said(door: Door, who: Principal | None, held: Held | None) -> BrowserSession:
    """held: the session that counts, or could be made to count; None for none."""
    if who is None:
        kind, name = None, None
    elif held is None:
        kind, name = "local", who.subject
    else:
        kind, name = _KINDS[held.session.way], held.session.name
    narrowed = who is not None and who.kind == "local" and len(who.roles) == 1
    return BrowserSession(
        signed_in=who is not None,
        subject=None if who is None else who.subject,
        name=name,
        kind=kind,
        roles=[] if who is None else sorted(who.roles),
        permissions=[] if who is None else [name for name in PERMISSIONS if may(who, name)],
        as_role=next(iter(who.roles)) if who is not None and narrowed else None,
        csrf=None if held is None else held.csrf,
        renew_at=None if held is None else _time(held.session.tokens.until),
        idle_at=None if held is None else _time(held.idle_at),
        ends_at=None if held is None else _time(held.ends_at),
        ways=_ways(door) if who is None else [],
        sample_data=door.settings.project.sample,
        project=door.settings.project.name,
        currency=door.settings.project.currency,
        version=version("retinue"),
    )


def _ways(door: Door) -> list[Way]:
    if door.sessions is None:
        return []
    able = {
        name: way for name, way in door.sessions.ways.items() if name != "builtin" or any_users(door.store)
    }
    return [Way(way=name, label=way.label, start=f"/session/start?way={name}") for name, way in able.items()]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
