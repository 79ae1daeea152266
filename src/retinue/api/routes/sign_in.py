"""Where a browser comes to sign in, and is sent back from with a code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from retinue.api.deps import Door, Service, caller, signing_in, taken
from retinue.api.forms import fields_of, form_of
from retinue.api.sign_in import SignIn, page
from retinue.errors import RequestError
from retinue.security.authorize import Asked, SentBack, read_request, sent_to
from retinue.security.users import recognised
from retinue.telemetry import logger

__all__ = ["router"]

router = APIRouter(prefix="/oauth", include_in_schema=False)


@router.get("/authorize")
def show(request: Request, door: Service) -> Response:
    """The sign-in page for a request of an application; back to it where it asks for what it cannot have."""
    sign_in = signing_in(door)
    try:
        asked, name = _asked(sign_in, fields_of(request.url.query))
    except SentBack as error:
        return _sent(error.to)
    except RequestError as error:
        return page("sign_in_refused.html", error.status, what=error.what, fix=error.fix)
    return sign_in.show(asked, name, request.cookies.get(sign_in.cookie), door.clock().timestamp())


@router.post("/authorize")
async def submit(request: Request, door: Service) -> Response:
    """Sign in with name and password; then back to the application with a code.

    The same page again (401) where they are wrong, 403 where the form was not opened in this browser, 429
    for too many tries.
    """
    sign_in = signing_in(door)
    form = await form_of(request)
    return await run_in_threadpool(_submitted, request, door, sign_in, form)


@router.get("/sign-in.css")
def style() -> Response:
    """The style of the pages."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _submitted(request: Request, door: Door, sign_in: SignIn, form: dict[str, str]) -> Response:
    now, address = door.clock(), caller(request, door)
    name, password, guard = (form.pop(key, "") for key in ("name", "password", "guard"))
    try:
        asked, application = _asked(sign_in, list(form.items()))
    except RequestError as error:  # the page that we made asks for nothing of the kind
        return page("sign_in_refused.html", 400, what=error.what, fix="Go back and start again.")
    cookie = request.cookies.get(sign_in.cookie)
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    if elsewhere or not sign_in.is_ours(asked, guard, cookie, now.timestamp()):
        what = "The page was open for too long, or was not opened in this browser."
        return page("sign_in_refused.html", 403, what=what, fix="Go back and start again.")
    name = name.strip().lower()[:64]
    try:
        taken(door.access.addresses, address, now.timestamp())
        taken(door.access.failures, address, now.timestamp())
        taken(sign_in.names, name, now.timestamp())
    except RequestError as error:
        refused = page("sign_in_refused.html", 429, what="Too many tries.", fix="Wait, then try again.")
        refused.headers["Retry-After"] = str(max(1, int(error.after or 1)))
        door.refused("sign_in.refused", address, "too many tries")
        return refused
    user = recognised(door.store, name, password)
    if user is None:
        logger("api").warning("sign_in.refused", client=asked.client_id)
        # The name is not told: somebody may have typed their password there.
        door.refused("sign_in.refused", address, "wrong name or password")
        return sign_in.show(asked, application, cookie, now.timestamp(), wrong=True)
    code = sign_in.server.code(asked, user, now)
    back = {"code": code, "state": asked.state, "iss": sign_in.server.tokens.issuer}
    answer = _sent(sent_to(asked.redirect_uri, back))
    answer.delete_cookie(sign_in.cookie, path="/", secure=sign_in.secure, httponly=True, samesite="strict")
    return answer


def _asked(sign_in: SignIn, given: Sequence[tuple[str, str]]) -> tuple[Asked, str]:
    """The request and the application's name. Raises RequestError, SentBack."""
    client = sign_in.server.client(dict(given).get("client_id", ""))
    asked = read_request(given, client, sign_in.server.tokens.issuer)
    return asked, client.name if client is not None else ""


def _sent(to: str) -> Response:
    headers = {"Location": to, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status_code=303, headers=headers)


@cache
def _style() -> str:
    return files("retinue.api").joinpath("assets", "sign_in.css").read_text(encoding="utf-8")
