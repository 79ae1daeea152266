"""A person at a browser, and the application that sent them."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api.conftest import NOW, TestClient

from retinue.security.clients import register_client
from retinue.security.users import create_user
from retinue.store import Store

__all__ = ["BACK", "PASSWORD", "VERIFIER", "Browser", "challenge"]

BACK = "https://board.example.com/back"
PASSWORD = "correct horse battery"  # noqa: S105
VERIFIER = "v" * 43
AUTHORIZE, TOKEN = "/oauth/authorize", "/oauth/token"


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class Browser:
    """The application `app` of the store, and the user `ada` unless others are given."""

    def __init__(self, client: TestClient, store: Store, *, roles: tuple[str, ...] = ("admin",), **more: Any):
        self.http, self.store = client, store
        self.user = create_user(store, "ada", PASSWORD, roles, now=NOW)
        self.app, self.secret = register_client(store, "Board", redirect_uris=[BACK], now=NOW, **more)

    def asked(self, **changed: str | None) -> dict[str, str]:
        """Fields of a good request; one that is None is left out."""
        fields = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": BACK,
            "state": "s-1",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def open(self, **changed: str | None) -> Any:
        return self.http.get(AUTHORIZE, params=self.asked(**changed), follow_redirects=False)

    def form(self, page: Any, **changed: str) -> dict[str, str]:
        """The hidden fields of a page, with name and password."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        return {
            **{name: unescape(value) for name, value in found},
            "name": "ada",
            "password": PASSWORD,
            **changed,
        }

    def send(self, form: dict[str, str], **headers: str) -> Any:
        return self.http.post(AUTHORIZE, data=form, headers=headers, follow_redirects=False)

    def code(self, **changed: str | None) -> str:
        """A code after a sign-in."""
        done = self.send(self.form(self.open(**changed)))
        assert done.status_code == 303, done.text
        return parse_qs(urlsplit(done.headers["location"]).query)["code"][0]

    def token(self, **fields: str | None) -> Any:
        """An answer of the token endpoint."""
        form = {"client_id": self.app.client_id, "client_secret": self.secret, **fields}
        return self.http.post(TOKEN, data={name: value for name, value in form.items() if value is not None})

    def exchange(self, code: str, **changed: str | None) -> Any:
        fields = {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **changed}
        return self.token(**{"grant_type": "authorization_code", **fields})

    def signed_in(self, **changed: str | None) -> dict[str, Any]:
        """The tokens after a sign-in."""
        answer = self.exchange(self.code(**changed))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def refresh(self, token: str, **changed: str | None) -> Any:
        return self.token(**{"grant_type": "refresh_token", "refresh_token": token, **changed})
