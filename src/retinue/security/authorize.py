"""Requests for sign-in: what an application may ask for, and what is refused before anybody types a password.

Only the code flow with PKCE (S256), to a registered address compared letter by letter. Where application or
address are wrong, nobody is sent anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from retinue.errors import RequestError
from retinue.security.policy import PERMISSIONS

if TYPE_CHECKING:
    from retinue.store.clients import ClientRecord

__all__ = ["FLOW_SCOPES", "Asked", "SentBack", "read_request", "scope_of", "sent_to"]

FLOW_SCOPES = ("openid", "profile", "offline_access")
"""Scopes that are no permissions: `openid` gives an ID token, the others change nothing."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_FIELDS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "response_mode",
    "request",
    "request_uri",
)
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered. scope: what is granted at most."""

    client_id: str
    redirect_uri: str
    state: str
    scope: str
    challenge: str
    nonce: str | None

    def fields(self) -> dict[str, str]:
        """The request again, for the form that carries it."""
        found = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "scope": self.scope,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        return found if self.nonce is None else {**found, "nonce": self.nonce}


class SentBack(RequestError):
    """A request that the application gets back with an error.

    to: the address with the error.
    """

    def __init__(self, error: str, *, redirect_uri: str, state: str | None, issuer: str) -> None:
        super().__init__("The application asked for something that is not possible.")
        more = {"error": error, "iss": issuer, **({} if state is None else {"state": state})}
        self.to = sent_to(redirect_uri, more)


def read_request(given: Sequence[tuple[str, str]], client: ClientRecord | None, issuer: str) -> Asked:
    """What an application asks for, from the fields of the address. client: of the `client_id` in them.

    Raises RequestError (400) where nobody may be sent back, else SentBack.
    """
    found = dict(given)
    uris = [value for name, value in given if name == "redirect_uri"]
    if client is None or len(uris) != 1 or uris[0] not in client.redirect_uris or _twice(given, "client_id"):
        raise RequestError(
            "The application or the address to send you back to is not known here.",
            status=400,
            fix="Go back, and tell whoever runs the application.",
        )
    uri, state = uris[0], found.get("state")
    error = _error(given, found, client)
    if error is not None:
        raise SentBack(
            error,
            redirect_uri=uri,
            state=state if state and len(state) <= _LONGEST and not _twice(given, "state") else None,
            issuer=issuer,
        )
    scope = scope_of(found.get("scope", ""), client)
    return Asked(client.client_id, uri, state or "", scope or "", found["code_challenge"], found.get("nonce"))


def _error(given: Sequence[tuple[str, str]], found: dict[str, str], client: ClientRecord) -> str | None:
    if any(_twice(given, name) for name in _FIELDS) or any(len(value) > _LONGEST for value in found.values()):
        return "invalid_request"
    if "request" in found or "request_uri" in found:
        return "request_not_supported" if "request" in found else "request_uri_not_supported"
    if found.get("response_type") != "code":
        return "unsupported_response_type" if found.get("response_type") else "invalid_request"
    if found.get("response_mode", "query") != "query" or not found.get("state"):
        return "invalid_request"
    if found.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
        found.get("code_challenge", "")
    ):
        return "invalid_request"
    if len(found.get("nonce", "")) > 200 or not found.get("nonce", "").isprintable():
        return "invalid_request"
    if found.get("prompt") == "none":  # nobody stays signed in here
        return "login_required"
    return "invalid_scope" if scope_of(found.get("scope", ""), client) is None else None


def scope_of(asked: str, client: ClientRecord) -> str | None:
    """The scope that an application gets; None when it asked for what it may not have.

    An application that is limited to some permissions and asks for none gets those; a machine likewise.
    """
    words = asked.split()
    if any(word not in PERMISSIONS and word not in FLOW_SCOPES for word in words):
        return None
    wanted = [word for word in words if word in PERMISSIONS]
    if client.scopes and any(word not in client.scopes for word in wanted):
        return None
    return " ".join(dict.fromkeys([*words, *(() if wanted else client.scopes)]))


def sent_to(uri: str, fields: dict[str, str]) -> str:
    """An address with fields added to those it has.

    >>> sent_to("https://a.example/back?x=1", {"code": "c"})
    'https://a.example/back?x=1&code=c'
    """
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(fields)}"


def _twice(given: Sequence[tuple[str, str]], name: str) -> bool:
    return sum(one == name for one, _ in given) > 1
