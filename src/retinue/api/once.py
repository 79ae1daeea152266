"""Acts that may be sent twice: one wrapper for every route that changes something.

With an `Idempotency-Key` the same caller, key, path and body get the answer of before. The work and the
record of its answer are two transactions: a process that dies between them leaves the key in flight for a
minute, and then the act is tried again, where the state of what it acts on decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from retinue.api.deps import Door, Service
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.idempotency import Claimed, claim, drop, finish

__all__ = ["KEY", "Acting", "Key", "Once", "claimed", "scope_of"]

KEY = r"^[\x20-\x7e]{1,200}$"
"""What a key looks like."""

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=KEY,
        description="a UUID, say: the same key and request get the answer of before, another request is "
        "refused",
    ),
]


class Once:
    """What a request is to do once."""

    def __init__(self, door: Door, key: str | None, digest: str) -> None:
        self._door, self._key, self._digest = door, key, digest

    def __call__(
        self,
        principal: Principal,
        work: Callable[[], BaseModel],
        *,
        status: int = 200,
        location: str | Callable[[str], str] | None = None,
    ) -> Response:
        """The answer of the work, or the one it had before. Raises RequestError: 409 in flight, 422 for a key
        that came with another body. Where the work raises, nothing was done and the key is free again.

        location: where what was made is; a function is told the answer.
        """
        text, status, replayed = self.text(principal, work, status)
        return _json(text, status, location, {"Idempotency-Replayed": "true"} if replayed else {})

    def text(
        self, principal: Principal, work: Callable[[], BaseModel], status: int = 200
    ) -> tuple[str, int, bool]:
        """The same, as JSON with its status, and whether it is the answer of before."""
        if self._key is None:
            return work().model_dump_json(), status, False
        scope = scope_of("act", principal)
        store = self._door.store
        found = claimed(self._door, scope, self._key, self._digest)
        if found.state == "answered":
            return found.answer, found.status, True
        try:
            answer = work().model_dump_json()
        except BaseException:
            drop(store, scope, self._key)
            raise
        with store.transaction() as session:
            finish(session, scope, self._key, status=status, answer=answer)
        return answer, status, False


def scope_of(kind: str, principal: Principal) -> str:
    """Where the keys of a caller are: two callers may use the same key, and neither learns of the other's."""
    return f"{kind}:{hashlib.sha256(principal.subject.encode()).hexdigest()[:32]}"


def claimed(door: Door, scope: str, key: str, digest: str) -> Claimed:
    """The key taken for this request, or the answer it had before.

    Raises RequestError: 422 for a key that came with another request, 409 while that one is worked on.
    """
    found = claim(door.store, scope, key, digest, now=door.clock())
    if found.state == "other_body":
        raise RequestError(
            "The key came with another request before.",
            status=422,
            where="Idempotency-Key",
            fix="Use a new key for a new request.",
        )
    if found.state == "in_flight":
        raise RequestError(
            "A request with the same key is being worked on.",
            status=409,
            where="Idempotency-Key",
            fix="Wait, then try again with the same key.",
            after=1.0,
        )
    return found


async def once(request: Request, door: Service, key: Key = None) -> Once:
    """The wrapper for this request."""
    query = request.url.query.encode()
    parts = (request.method.encode(), request.url.path.encode(), query, await request.body())
    return Once(door, key, hashlib.sha256(b"\0".join(parts)).hexdigest())


Acting = Annotated[Once, Depends(once)]


def _json(
    text: str,
    status: int,
    location: str | Callable[[str], str] | None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    place = location(text) if callable(location) else location
    headers = {**more, **({"Location": place} if place else {})}
    return Response(text, status_code=status, media_type="application/json", headers=headers)
