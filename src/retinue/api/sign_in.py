"""The sign-in page: what it looks like, what guards it, and who may try how often."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import Response

from retinue.api.limits import Buckets
from retinue.privacy import workspace_key
from retinue.security.authorize import Asked
from retinue.security.own_tokens import OwnTokens
from retinue.security.server import Server
from retinue.security.signing import SigningKeys
from retinue.security.ways import dashboard_client, dashboard_secret
from retinue.settings.auth import is_secure

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["SignIn", "page"]

_GOOD_FOR = 600
"""Seconds for which a page that was opened can be sent."""


@dataclass(slots=True)
class SignIn:
    """The authorization server as the service holds it.

    keys: which sign its tokens. guarding: the secret of the form's guard. names: tries to sign in a minute,
    per name. secret: by which the dashboard proves itself.
    """

    server: Server
    keys: SigningKeys
    guarding: bytes
    names: Buckets
    secret: str
    cookie: str = field(init=False)

    def __post_init__(self) -> None:
        # A browser takes the prefix only with https, and then from nobody but this very host.
        self.cookie = "__Host-retinue-sign-in" if self.secure else "retinue-sign-in"

    @property
    def secure(self) -> bool:
        """Whether others reach the service by https."""
        return self.server.tokens.issuer.startswith("https://")

    @classmethod
    def of(cls, settings: Settings, store: Store, buckets: Callable[[str, int], Buckets]) -> SignIn | None:
        """As the settings have it; None where nobody signs in here, or could not do so safely.

        buckets: makes those of a name and a number a minute.
        """
        auth, issuer = settings.auth, settings.api.issuer
        if not auth.builtin or not is_secure(issuer):
            return None
        key = workspace_key(settings.state)
        keys = SigningKeys(store, days=auth.signing_days)
        secret = dashboard_secret(key)
        tokens = OwnTokens(
            store,
            keys,
            issuer,
            seconds=auth.access_minutes * 60,
            skew=auth.skew_seconds,
            dashboard=dashboard_client(issuer, secret) if settings.api.dashboard else None,
        )
        server = Server(store, tokens, lasting=timedelta(days=auth.refresh_days))
        guarding = hmac.digest(key, b"retinue/sign-in/v1", "sha256")
        return cls(server, keys, guarding, buckets("sign-in", auth.logins_per_minute), secret)

    def show(
        self, asked: Asked, name: str, cookie: str | None, now: float, *, wrong: bool = False
    ) -> Response:
        """The form for a request. cookie: what the browser sent, if any. wrong: the try before failed."""
        mark = cookie if cookie and len(cookie) <= 64 else secrets.token_urlsafe(32)
        until = str(int(now) + _GOOD_FOR)
        answer = page(
            "sign_in.html",
            401 if wrong else 200,
            back=asked.redirect_uri,
            application=name,
            fields=asked.fields(),
            guard=f"{until}.{self._guard(asked, mark, until)}",
            wrong=wrong,
        )
        answer.set_cookie(
            self.cookie,
            mark,
            max_age=_GOOD_FOR,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def is_ours(self, asked: Asked, guard: str, cookie: str | None, now: float) -> bool:
        """Whether a form was opened in this browser, for this request, and lately."""
        until, _, given = guard.partition(".")
        right = cookie is not None and until.isdecimal() and len(until) < 12 and given.isascii()
        return (
            right and hmac.compare_digest(given, self._guard(asked, cookie or "", until)) and now < int(until)
        )

    def _guard(self, asked: Asked, mark: str, until: str) -> str:
        said = json.dumps([mark, until, asked.fields()], sort_keys=True).encode()
        return hmac.digest(self.guarding, said, "sha256").hex()


def page(name: str, status: int, *, back: str | None = None, **values: Any) -> Response:
    """A page without scripts. back: where its form may lead to in the end."""
    lead = ""
    if back is not None:  # browsers hold a redirect after a form to this as well
        parts = urlsplit(back)
        lead = f" {parts.scheme}://{parts.netloc}" if parts.netloc else f" {parts.scheme}:"
    own = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    policy = f"{own}; form-action 'self'{lead}"
    return Response(
        _templates().get_template(name).render(**values),
        status_code=status,
        media_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
        },
    )


@cache
def _templates() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    assets = files("retinue.api").joinpath("assets")
    return Environment(
        loader=FunctionLoader(lambda name: assets.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
    )
