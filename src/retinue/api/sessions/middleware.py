"""Finds the session of a request, refuses what another site's page sent, and notes activity."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinue.api.errors import problem
from retinue.api.sessions.holding import Held, Sessions

__all__ = ["BACKGROUND", "CSRF", "ByCookie"]

CSRF = "X-CSRF-Token"
BACKGROUND = "X-Background"
"""A request that says so is no activity of anybody: the page asks by itself."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_API, _SESSION = "/api/", "/api/v1/session"


class ByCookie:
    """Middleware of ASGI. A request that shows a key or a token of its own has no session here.

    A session that counts makes a request that changes something need its `X-CSRF-Token`, and to come from
    the service's own page: a cookie is sent by the browser, whoever made it send the request.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, clock: Callable[[], datetime]) -> None:
        self._app, self._sessions, self._clock = app, sessions, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        shows = "authorization" in headers or "x-api-key" in headers
        held = None if shows or not cookies else self._sessions.read(cookies)
        if held is None:
            await self._app(scope, receive, send)
            return
        now = self._clock()
        if held.phase(now) != "over" and scope["method"] not in _SAFE:
            why = self._forged(held, headers)
            if why is not None:
                fix = f"Send the csrf of GET {_SESSION} as {CSRF}, from a page of this service."
                await problem(403, why, where=CSRF, fix=fix)(scope, receive, send)
                return
        state = scope.setdefault("state", {})
        state["session"] = held

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and state.get("principal") is not None:
                more = self._sessions.touched(held, cookies, now)
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        quiet = headers.get(BACKGROUND) is not None or scope["path"].startswith(_SESSION)
        await self._app(scope, receive, send if quiet else answered)

    def _forged(self, held: Held, headers: Headers) -> str | None:
        """Why a request that changes something is none of our own page's; None where it is."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is None and origin is None:
            return "The request does not say which page it comes from."
        if site is not None and site != "same-origin":
            return "The request comes from another site's page."
        ours = (self._sessions.base, f"{origin or ''}".partition("//")[0] + "//" + headers.get("host", ""))
        if origin is not None and origin not in ours:
            return "The request comes from another site's page."
        given = headers.get(CSRF, "")
        if not hmac.compare_digest(given.encode("latin-1"), held.csrf.encode()):
            return "The request does not carry the session's token."
        return None
