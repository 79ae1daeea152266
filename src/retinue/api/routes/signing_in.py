"""Where a browser goes to sign in to the dashboard, and where it comes back to.

The browser carries a code and nothing else: it is exchanged here, and counts only in the browser that asked
for it, by a sealed cookie with the state, the nonce and the verifier of PKCE.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams

from retinue.api.deps import Door, Service, caller, host_of, is_here, taken
from retinue.api.sessions import Sessions
from retinue.api.sessions.cookies import TooLong
from retinue.api.sessions.holding import WayName
from retinue.api.sign_in import page
from retinue.errors import RequestError
from retinue.security import NotProven
from retinue.security.authorize import sent_to
from retinue.security.provider import ProviderDown
from retinue.security.server import GrantError
from retinue.security.ways import BACK
from retinue.telemetry import logger

__all__ = ["place_of_ours", "router"]

router = APIRouter(prefix="/session", include_in_schema=False)

_GOOD_FOR = 600
"""Seconds that somebody may take to sign in."""

_LONGEST = 500
_AGAIN = "Go back to the dashboard and sign in again."


class _Flow(msgspec.Struct, frozen=True):
    """What the browser keeps while somebody signs in; `at` in seconds since 1970."""

    way: WayName
    state: str
    nonce: str
    verifier: str
    to: str
    at: float


@router.get("/start")
def start(
    request: Request,
    door: Service,
    way: Annotated[str, Query(max_length=20)] = "",
    to: Annotated[str, Query(max_length=2_000)] = "/",
    here: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """Send the browser to where somebody signs in.

    way: one of the session's. to: the view to come back to. here: it was sent to the right name already.
    """
    sessions = _sessions(door)
    now = door.clock()
    taken(door.access.addresses, caller(request, door), now.timestamp())
    chosen = next((pair for pair in sessions.ways.items() if pair[0] == way), None)
    if chosen is None:
        raise RequestError(
            "There is no such way in.", status=404, where="way", fix="See GET /api/v1/session."
        )
    name, found = chosen
    to = place_of_ours(to)
    own = urlsplit(sessions.base)
    other = own.netloc != request.headers.get("host", "")
    if other and is_here(own.hostname or "") and not is_here(host_of(request)):  # it would lead to their own
        what = "Nobody signs in here over a line that others can read."
        if sessions.jar.secure:
            what = "The service does not know by which name others reach it."
        return _refused(403, what, "Open the service by https, and set api.public_url to that address.")
    if other and not here:  # the cookie must be set where the browser comes back to
        return _sent(sent_to(f"{sessions.base}/session/start", {"way": way, "to": to, "here": "1"}))
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    try:
        address = found.address(
            back=sessions.base + BACK, state=state, nonce=nonce, challenge=challenge, now=now
        )
    except ProviderDown as error:
        return _refused(503, error.what, error.fix)
    answer = _sent(address)
    flow = msgspec.json.encode(_Flow(name, state, nonce, verifier, to, now.timestamp()))
    # Lax: the browser comes back from another site.
    sessions.jar.put(answer, _cookie(state), flow, given=request.cookies, lasting=_GOOD_FOR, same_site="lax")
    return answer


@router.get("/callback")
async def callback(request: Request, door: Service) -> Response:
    """Take the code that the browser brings, and let it in."""
    return await run_in_threadpool(_back, request, door)


def _back(request: Request, door: Door) -> Response:
    sessions, now = _sessions(door), door.clock()
    address, given = caller(request, door), request.query_params
    taken(door.access.addresses, address, now.timestamp())
    wait = door.access.failures.wait(address, now.timestamp())
    if wait > 0:
        raise RequestError("Too many requests.", status=429, fix="Wait, then try again.", after=wait)
    flow = _flow(sessions, request, now.timestamp())
    way = None if flow is None else sessions.ways.get(flow.way)
    if flow is None or way is None:
        said = "This sign-in was open for too long, or was begun in another browser."
        return _refused(403, said, _AGAIN)
    if given.get("iss", way.issuer) != way.issuer or len(given.getlist("code")) != 1:
        reason = given.get("error", "") if given.get("error", "").isascii() else ""
        logger("api").warning("sign_in.refused", way=flow.way, reason=reason[:40] or "no code")
        return _done(sessions, request, flow, _refused(403, "Nobody was signed in there.", _AGAIN))
    try:
        tokens = way.tokens(
            given["code"], back=sessions.base + BACK, verifier=flow.verifier, nonce=flow.nonce, now=now
        )
        who = door.proof.principal(tokens.access, now)
    except ProviderDown as error:
        return _refused(503, error.what, error.fix)
    except (GrantError, NotProven) as error:
        reason = error.error if isinstance(error, GrantError) else error.reason
        door.access.failures.take(address, now.timestamp())
        logger("api").warning("sign_in.refused", way=flow.way, reason=reason)
        door.refused("sign_in.refused", address, reason)
        said = "You signed in, but what came of it does not count here."
        fix = "Sign in again. Where that does not help, the service's log says why (sign_in.refused)."
        return _done(sessions, request, flow, _refused(403, said, fix))
    answer = _sent(flow.to)
    try:
        sessions.begin(answer, tokens, way=flow.way, subject=who.subject, given=request.cookies, now=now)
    except TooLong as error:
        return _done(sessions, request, flow, _refused(500, error.what, error.fix))
    return _done(sessions, request, flow, answer)


def place_of_ours(to: str) -> str:
    """A path of ours with its query, else the first page; nobody is sent anywhere else.

    >>> place_of_ours("/customers?tier=gold"), place_of_ours("//evil.example"), place_of_ours("/\\\\evil")
    ('/customers?tier=gold', '/', '/')
    """
    good = to.startswith("/") and not to.startswith("//") and len(to) <= _LONGEST
    good = good and to.isascii() and to.isprintable() and "\\" not in to and " " not in to
    first = to[1:].partition("/")[0].partition("?")[0].partition("#")[0]
    return to if good and first not in ("api", "oauth", "session") else "/"


def _flow(sessions: Sessions, request: Request, now: float) -> _Flow | None:
    """The sign-in that this browser began and that this answer belongs to."""
    state = _one(request.query_params, "state")
    kept = sessions.jar.read(_cookie(state), request.cookies) if state else None
    if kept is None:
        return None
    try:
        flow = msgspec.json.decode(kept, type=_Flow)
    except msgspec.DecodeError:  # sealed by another version
        return None
    same = hmac.compare_digest(flow.state.encode(), state.encode())
    return flow if same and 0 <= now - flow.at < _GOOD_FOR else None


def _one(given: QueryParams, name: str) -> str:
    found = given.getlist(name)
    return found[0] if len(found) == 1 and found[0].isascii() and len(found[0]) <= 200 else ""


def _cookie(state: str) -> str:
    """The cookie of one sign-in, so that several tabs may be at it."""
    return f"flow-{hashlib.sha256(state.encode()).hexdigest()[:12]}"


def _done(sessions: Sessions, request: Request, flow: _Flow, answer: Response) -> Response:
    sessions.jar.drop(answer, _cookie(flow.state), request.cookies)
    return answer


def _sessions(door: Door) -> Sessions:
    if door.sessions is None:
        raise RequestError(
            "Nobody signs in to a dashboard here.",
            status=404,
            fix="See api.dashboard, auth.builtin, auth.client_id and api.public_url (https).",
        )
    return door.sessions


def _sent(to: str) -> Response:
    headers = {"Location": to, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status_code=303, headers=headers)


def _refused(status: int, what: str, fix: str | None) -> Response:
    return page("sign_in_refused.html", status, what=what, fix=fix or "", home="/")
