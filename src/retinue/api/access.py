"""Which permission a route needs, and who is asking.

A route declares it with `permit("customers.read")` as a dependency, which gives the principal; a route that
declares none, and is not in `PUBLIC`, is refused by a test. Who is asking is found by `principal_of`, the one
place that knows how somebody proves who they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from retinue.api.deps import Door, Service, caller, from_here, taken
from retinue.api.limits import Buckets
from retinue.api.sessions import held_by
from retinue.errors import RequestError
from retinue.security import PERMISSIONS, ROLES, NotProven, Principal, may
from retinue.security.ownership import own_only
from retinue.settings import AuthSettings
from retinue.store.reviews import customers_of, works_on
from retinue.telemetry import logger

__all__ = [
    "AS_ROLE",
    "PUBLIC",
    "AccessLimits",
    "at_this_machine",
    "customers_seen",
    "local",
    "permit",
    "principal_of",
    "proven",
    "refuse",
    "see_customer",
    "sees_customer",
    "still",
]

LOCAL = Principal("local", frozenset({"admin", "approver", "analyst", "csm", "dpo"}), "local")
"""Whoever calls from this machine while nobody can sign in: an embedded workspace of one person."""

AS_ROLE = "retinue-as"
"""The cookie by which whoever is at this machine looks at it as one role."""

PUBLIC: Mapping[str, str] = {
    "/healthz": "for whoever watches the service; says nothing of anybody",
    "/readyz": "for whoever sends requests to the service; says nothing of anybody",
    "/api/v1/unsubscribe/{link}": "the link's own signature proves it",
    "/api/v1/openapi.json": "the description of the service, the same as in its documentation",
    "/api/v1/cancel/offer": "a token of the business's backend proves the customer",
    "/api/v1/cancel/choice": "a token of the business's backend proves the customer",
    "/api/v1/graphql": "who asks is proven, and each field has a permission of its own",
    "/": "the page of the dashboard, which knows nothing yet",
    "/assets/{name:path}": "scripts and styles of that page, the same for everybody",
    "/api/v1/session": "says who is signed in at this browser, and nothing of anybody else",
    "/api/v1/session/renew": "the session itself proves it",
    "/api/v1/session/as": "narrows what whoever is at this machine may",
    "/session/start": "whoever is not signed in yet",
    "/session/callback": "a code, and the cookie of the browser that asked for it",
    "/cancel.js": "a script for the business's page",
    "/cancel/demo": "on this machine only",
    "/cancel/demo.css": "the style of that page",
    "/cancel/demo.js": "the script of that page",
    "/oauth/authorize": "whoever is not signed in yet",
    "/oauth/sign-in.css": "the style of that page",
    "/oauth/token": "a code, a refresh token or a client's secret proves it",
    "/oauth/revoke": "a client's secret and the token itself prove it",
    "/oauth/jwks": "public keys",
    "/.well-known/openid-configuration": "where sign-in is, for applications",
    "/.well-known/oauth-authorization-server": "the same",
    "/api/v1/channels/{name}/callback": "the channel's own signature proves it",
}
"""Paths that need no permission, and why."""


@dataclass(slots=True)
class AccessLimits:
    """Requests a minute: of whoever is known, from one address, and wrong proofs from one address."""

    principals: Buckets
    addresses: Buckets
    failures: Buckets

    @property
    def at_hand(self) -> bool:
        """Whether they are counted in this process, so that nobody waits for them."""
        return all(type(one) is Buckets for one in (self.principals, self.addresses, self.failures))

    @classmethod
    def of(cls, auth: AuthSettings, buckets: Callable[[str, int], Buckets]) -> AccessLimits:
        """The limits of `[auth]`. buckets: makes those of a name and a number a minute."""
        return cls(
            buckets("principals", auth.per_minute),
            buckets("callers", auth.address_per_minute),
            buckets("failures", auth.failures_per_minute),
        )


def principal_of(request: Request, door: Door) -> Principal:
    """Who is asking. Raises RequestError: 401 where it is not proven, 403 from elsewhere without any way to
    prove it, 429 for too many requests."""
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = request.state.principal = _found(request, door)
    return known


def _again(request: Request, door: Door) -> Principal | None:
    """Who is asking, where that was found a moment ago and nothing has changed since; without waiting for
    anything. None where it must be found out. Raises RequestError: 429."""
    request.state.version = door.proven.version()
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None or not door.access.at_hand:
        return known
    now = door.clock()
    shown = _shown(request, now)
    found = door.proven.known(_known_as(request, shown), version=request.state.version, now=now)
    if found is None or (shown is None) is not (found.principal is None):
        return None
    if found.principal is None:
        known = local(request) if from_here(request, door) else None
    else:
        _counted(request, door, found.principal, now)
        known = found.principal
    if known is not None:
        request.state.principal = known
    return known


def _remember(request: Request, door: Door, principal: Principal) -> None:
    """Keep who is asking for the next request; the store was asked after its version was taken.

    Nobody is kept under another proof than their own: a session may have ended while it was looked at, and
    then the request shows nothing any more, as whoever is at this machine does.
    """
    now = door.clock()
    shown = _shown(request, now)
    found = None if principal.kind == LOCAL.kind else principal
    if (shown is None) is (found is None):
        door.proven.keep(_known_as(request, shown), found, version=request.state.version, now=now)


def _counted(request: Request, door: Door, principal: Principal, now: datetime) -> None:
    """The limits of whoever was proven before: as `_found` counts them. Raises RequestError: 429."""
    address = caller(request, door)
    taken(door.access.addresses, address, now.timestamp())
    _not_guessing(door, address, now)
    taken(door.access.principals, principal.subject, now.timestamp())


def _not_guessing(door: Door, address: str, now: datetime) -> None:
    wait = door.access.failures.wait(address, now.timestamp())
    if wait > 0:
        door.refused("proof.refused", address, "too many tries")
        raise RequestError("Too many requests.", status=429, fix="Wait, then try again.", after=wait)


def _found(request: Request, door: Door) -> Principal:
    now, address = door.clock(), caller(request, door)
    shown, session = _shown(request, now), held_by(request)
    if shown is None and at_this_machine(request, door):
        return local(request)
    if shown is None and session is not None:
        session.proof(now)  # says why it is none any more, which is nobody's try
    taken(door.access.addresses, address, now.timestamp())
    if shown is None and not door.proof.possible:
        raise RequestError(
            "Only this machine may call, as long as nobody can prove who they are.",
            status=403,
            where="api.token",
            fix="Set api.token and send it as Authorization: Bearer …, or: retinue users create.",
        )
    _not_guessing(door, address, now)
    try:
        principal = door.proof.principal(shown or "", now)
        if session is not None and door.sessions is not None:
            door.sessions.still(session)
    except NotProven as refused:
        door.access.failures.take(address, now.timestamp())
        logger("api").warning("proof.refused", reason=refused.reason, path=request.url.path)
        door.refused("proof.refused", address, refused.reason)
        raise
    taken(door.access.principals, principal.subject, now.timestamp())
    return principal


def still(request: Request, door: Door) -> Principal:
    """Who asked, proven anew, with the roles they have now; for answers that go on for long.

    Nothing is counted. Raises NotProven; RequestError (401) where a proof is needed by now.
    """
    now = door.clock()
    shown, session = _shown(request, now), held_by(request)
    if shown is None:
        if at_this_machine(request, door):
            return local(request)
        raise RequestError("It must be proven by now who asks.", status=401)
    if session is not None and door.sessions is not None:
        door.sessions.still(session)
    return door.proof.principal(shown, now)


def at_this_machine(request: Request, door: Door) -> bool:
    """Whether a request comes from this machine while nobody here need prove anything."""
    return from_here(request, door) and door.proof.open_here


def local(request: Request) -> Principal:
    """Whoever is at this machine; as one role, where their browser asks to see what that role sees.

    It only ever narrows: a role that may anything which they may not changes nothing.
    """
    role = request.cookies.get(AS_ROLE, "")
    wanted = Principal(LOCAL.subject, frozenset({role}), LOCAL.kind)
    narrower = role in ROLES and role != "service"
    if narrower and all(may(LOCAL, name) for name in PERMISSIONS if may(wanted, name)):
        return wanted
    return LOCAL


def _known_as(request: Request, shown: str | None) -> str | None:
    """Under which name a proof is known again: by a session it counts as long as that does."""
    session = held_by(request)
    return shown if shown is None or session is None else f"{session.session.sid} {shown}"


def _shown(request: Request, now: datetime) -> str | None:
    """What is shown as proof, by a header or by a session that counts at a time; None for nothing.

    Two proofs at once are none, so that nobody must choose.
    """
    keys, bearers = request.headers.getlist("x-api-key"), request.headers.getlist("authorization")
    if not keys and not bearers:
        session = held_by(request)
        return session.proof(now) if session is not None and session.phase(now) == "live" else None
    if len(keys) + len(bearers) > 1:
        return ""
    if keys:
        return keys[0].strip()
    scheme, _, given = bearers[0].partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def customers_seen(principal: Principal, door: Door, permission: str) -> frozenset[str] | None:
    """The customers that somebody sees by a permission; None for all of them.

    A csm sees those of the cases that are or were assigned to them, unless `auth.csm_sees_all`.
    """
    if sees_all(principal, door, permission):
        return None
    return customers_of(door.store, principal.subject)


def sees_all(principal: Principal, door: Door, permission: str) -> bool:
    """Whether somebody sees every customer by a permission; else it depends on the customer."""
    return door.settings.auth.csm_sees_all or not own_only(principal, permission)


def sees_customer(principal: Principal, door: Door, customer_id: str, permission: str) -> bool:
    """Whether somebody sees this customer by a permission."""
    if sees_all(principal, door, permission):
        return True
    return "\0" not in customer_id and works_on(door.store, principal.subject, customer_id)


def see_customer(principal: Principal, door: Door, customer_id: str, permission: str) -> None:
    """Raises RequestError (404, as for one who is not there) unless somebody sees this customer."""
    if not sees_customer(principal, door, customer_id, permission):
        raise RequestError("There is no such customer.", status=404)


def refuse(principal: Principal, door: Door, permission: str) -> None:
    """Raises RequestError (403) to who has not a permission; KeyError for one that is not in the table."""
    wanted = PERMISSIONS[permission]
    if not may(principal, wanted.name):
        door.counted.add(principal.subject, "access.refused", "permission", wanted.name, "no role has it")
        raise RequestError(
            f"You may not {wanted.words}.",
            status=403,
            where=wanted.name,
            fix=f"It needs one of the roles {', '.join(sorted(wanted.roles))}.",
        )


async def proven(request: Request, door: Door) -> Principal:
    """Who is asking, without a thread where that was proven a moment ago. Raises as `principal_of` does."""
    principal = _again(request, door)
    if principal is None:
        principal = await run_in_threadpool(principal_of, request, door)
        _remember(request, door, principal)
    return principal


def permit(permission: str) -> Callable[[Request, Door], Awaitable[Principal]]:
    """A dependency that lets pass who has a permission, and gives them. 403 to others.

    Where the path names a `customer_id`, 404 to whoever does not see that customer.

    Raises KeyError for a permission that is not in the table.
    """
    wanted = PERMISSIONS[permission]

    async def check(request: Request, door: Service) -> Principal:
        principal = await proven(request, door)
        refuse(principal, door, wanted.name)
        if "customer_id" in request.path_params:
            about = (principal, door, request.path_params["customer_id"], wanted.name)
            if not sees_all(principal, door, wanted.name):
                await run_in_threadpool(see_customer, *about)
        return principal

    check.permission = permission  # type: ignore[attr-defined]
    return check
