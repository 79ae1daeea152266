"""What is shown of customers, put on record before it is answered: who saw what of whom, of which run.

A route that shows a prediction takes `seen: Shown`, and calls it before it answers. 503 where it cannot be
put on record: nothing is shown then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request

from retinue.api.deps import Door, Service

__all__ = ["Showing", "Shown", "showing"]


class Showing:
    """Puts on record what one request shows. Its route must have found out who asks (`permit`)."""

    def __init__(self, request: Request, door: Door) -> None:
        self._request, self._door = request, door

    @property
    def _who(self) -> str:
        name: str = self._request.state.principal.subject
        return name

    def one(self, what: str, customer_id: str, run: str, *, personal: bool = False) -> None:
        """Something of one customer: `risk`, say."""
        now = self._door.clock()
        self._door.readings.one(self._who, what, customer_id, run=run, at=now, personal=personal)

    def many(
        self,
        what: str,
        run: str,
        *,
        customers: Sequence[str] | None = None,
        count: int | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> None:
        """Something of several: by their ids or, where they are too many, their number."""
        now = self._door.clock()
        self._door.readings.many(
            self._who, what, run=run, at=now, customers=customers, count=count, asked=asked
        )


async def showing(request: Request, door: Service) -> Showing:
    """What puts on record what this request shows."""
    return Showing(request, door)


Shown = Annotated[Showing, Depends(showing)]
