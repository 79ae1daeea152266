"""Somebody at a browser who uses the dashboard: cookies are kept, redirects are followed by hand."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api.browser import PASSWORD
from tests.api.conftest import TestClient

__all__ = ["HERE", "OURS", "Visitor", "fields_of"]

HERE = "127.0.0.1:8000"
"""Host and port that the service calls itself unless it is told otherwise."""

OURS = {"Sec-Fetch-Site": "same-origin"}


class Visitor:
    """At a service on this machine."""

    def __init__(self, client: TestClient) -> None:
        self.http = client

    def go(self, address: str, **more: Any) -> Any:
        return self.http.get(address, follow_redirects=False, **more)

    def to_form(self, to: str = "/today") -> Any:
        """The sign-in page of the service itself."""
        begun = self.go("/session/start", params={"way": "builtin", "to": to})
        assert begun.status_code == 303, begun.text
        return self.go(begun.headers["location"])

    def typed(self, page: Any, **changed: str) -> Any:
        """The answer to the form, with name and password."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        form = {name: unescape(value) for name, value in found}
        form |= {"name": "ada", "password": PASSWORD, **changed}
        return self.http.post("/oauth/authorize", data=form, follow_redirects=False)

    def sign_in(self, to: str = "/today") -> Any:
        """The answer that lets the browser in."""
        sent = self.typed(self.to_form(to))
        assert sent.status_code == 303, sent.text
        return self.go(sent.headers["location"])

    def session(self) -> dict[str, Any]:
        answer = self.http.get("/api/v1/session")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(self, method: str, path: str, **more: Any) -> Any:
        """A request that changes something, as the service's own page sends it."""
        headers = {**OURS, "X-CSRF-Token": self.session()["csrf"] or "", **more.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **more)

    def cookies(self) -> dict[str, str]:
        return dict(self.http.cookies.items())

    def with_cookies(self, kept: dict[str, str]) -> None:
        self.http.cookies.clear()
        for name, value in kept.items():
            self.http.cookies.set(name, value, domain=HERE.partition(":")[0], path="/")


def fields_of(address: str) -> dict[str, str]:
    """The fields of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
