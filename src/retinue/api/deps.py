"""What the routes share: the opened store, the clock, who calls, and how often."""

from __future__ import annotations

import hmac
import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from retinue.api.limits import Buckets
from retinue.api.proven import Proven
from retinue.campaigns.cancel_moment import CustomerToken, Desk, read_token
from retinue.channels import Channel
from retinue.errors import RequestError
from retinue.privacy import workspace_key
from retinue.security.proof import Proof
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.audit.counted import Counted
from retinue.store.audit.readings import Readings

if TYPE_CHECKING:
    from retinue.api.access import AccessLimits
    from retinue.api.sessions import Sessions
    from retinue.api.sign_in import SignIn

__all__ = [
    "Door",
    "Service",
    "caller",
    "customer_of",
    "door_of",
    "from_here",
    "is_here",
    "signing_in",
    "taken",
]

_NAMES_OF_HERE = ("localhost",)
_READING = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")
"""What a browser says of a request that no other site's page made."""


@dataclass(slots=True)
class Door:
    """All that the service holds: settings, store, and what was read once at its start.

    clock: the present in aware UTC. proof: tells who is asking. sign_in: of our own users; None
    where nobody signs in here. sessions: of browsers; None where there are none. secret: of customers'
    tokens; None where there is no cancel moment. verifying: held by whoever verifies the audit trail.
    readings: puts on record what is shown. counted: what happens too often for a record each. proven: who
    asked a moment ago.
    """

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    proof: Proof
    access: AccessLimits
    sign_in: SignIn | None
    sessions: Sessions | None
    secret: str | None
    desk: Desk
    channels: dict[str, Channel]
    customers: Buckets
    addresses: Buckets
    readings: Readings
    counted: Counted
    proven: Proven
    verifying: threading.Lock = field(default_factory=threading.Lock)

    def refused(self, action: str, address: str, why: str) -> None:
        """Put on record, counted, that somebody did not prove who they are.

        action: such as `proof.refused`. address: kept as a keyed hash, the same for the same address. why: in
        words of ours.
        """
        key = workspace_key(self.settings.state)
        source = hmac.digest(key, b"address\0" + address.encode(), "sha256").hex()[:16]
        self.counted.add("unknown", action, "source", source, why)

    @property
    def root(self) -> str:
        """How others reach the service; empty where that is not stated."""
        return self.settings.api.public_url or ""


async def door_of(request: Request) -> Door:
    """What the service holds; found without a thread of its own."""
    door: Door = request.app.state.door
    return door


Service = Annotated[Door, Depends(door_of)]


def caller(request: Request, door: Door) -> str:
    """The address of whoever calls: the other end, or what a proxy of ours says of it."""
    if door.settings.api.behind_proxy:
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if named:
            return named[:100]
    return request.client.host if request.client else ""


def from_here(request: Request, door: Door) -> bool:
    """Whether a request comes from this machine, and not through a proxy or another site's page on it.

    A proxy need not say that it is one: where the settings name a proxy or a public address, nobody is here.
    """
    if door.settings.api.behind_proxy or door.settings.api.public_url:
        return False
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via")):
        return False
    host = host_of(request)
    origin = request.headers.get("origin")
    if request.method not in _READING and request.headers.get("sec-fetch-site", "none") not in _OURS:
        return False
    ours = origin is None or origin.partition("//")[2] == request.headers.get("host")
    return ours and is_here(request.client.host if request.client else "") and is_here(host)


def host_of(request: Request) -> str:
    """The host that a caller asked for; empty for what is no name and no address."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def is_here(name: str) -> bool:
    """Whether a name or an address of a host is this machine's own."""
    if name in _NAMES_OF_HERE:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def signing_in(door: Door) -> SignIn:
    """The sign-in of our own. Raises RequestError (404) where there is none."""
    if door.sign_in is None:
        raise RequestError("Nobody signs in here.", status=404, fix="See auth.builtin and api.public_url.")
    return door.sign_in


def customer_of(request: Request, door: Door, token: str) -> CustomerToken:
    """Whom a customer's token speaks of. Raises RequestError: 404, 401, or 429 with the seconds to wait."""
    if door.secret is None:
        raise RequestError(
            "There is no cancel moment here.", status=404, fix="Set api.cancel_secret and start again."
        )
    now = door.clock().timestamp()
    taken(door.addresses, caller(request, door), now)
    longest = door.settings.cancel.token_minutes * 60
    found = read_token(token, secret=door.secret, now=now, longest=longest)
    taken(door.customers, found.customer_id, now)
    return found


def taken(buckets: Buckets, key: str, now: float) -> None:
    """Count one request of a key. Raises RequestError: 429 with the seconds to wait."""
    wait = buckets.take(key, now)
    if wait > 0:
        raise RequestError("Too many requests.", status=429, fix="Wait, then try again.", after=wait)
