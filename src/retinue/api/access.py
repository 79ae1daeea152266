"""Which permission a route needs, and who is asking.

A route declares it with `permit("customers.read")` as a dependency, which gives the principal; a route that
declares none is refused by a test. Who is asking is found by `principal_of`, the one place that knows how
somebody proves who they are.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from fastapi import Request

from retinue.api.deps import Door, Service, from_here
from retinue.errors import RequestError
from retinue.security import PERMISSIONS, Principal, may

__all__ = ["permit", "principal_of"]

LOCAL = Principal("local", frozenset({"admin", "approver", "analyst", "csm", "dpo"}), "local")
"""Whoever calls from this machine while no token is set: an embedded workspace of one person."""


def principal_of(request: Request, door: Door) -> Principal:
    """Who is asking. Raises RequestError: 401 where it is not proven, 403 from elsewhere without a token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if door.token is not None and scheme.lower() == "bearer":
        if hmac.compare_digest(given.strip().encode(), door.token.encode()):
            return Principal("token", frozenset({"service"}), "machine")
    elif door.token is None and from_here(request, door):
        return LOCAL
    if door.token is None:
        raise RequestError(
            "Only this machine may call, as long as nobody can prove who they are.",
            status=403,
            where="api.token",
            fix="Set api.token, and send it as Authorization: Bearer …",
        )
    raise RequestError(
        "The token is missing or wrong.",
        status=401,
        where="Authorization",
        fix="Send Authorization: Bearer TOKEN.",
    )


def permit(permission: str) -> Callable[[Request, Door], Principal]:
    """A dependency that lets pass who has a permission, and gives them. 403 to others.

    Raises KeyError for a permission that is not in the table.
    """
    wanted = PERMISSIONS[permission]

    def check(request: Request, door: Service) -> Principal:
        principal = principal_of(request, door)
        if not may(principal, wanted.name):
            raise RequestError(
                f"You may not {wanted.words}.",
                status=403,
                where=wanted.name,
                fix=f"It needs one of the roles {', '.join(sorted(wanted.roles))}.",
            )
        return principal

    check.permission = permission  # type: ignore[attr-defined]
    return check
