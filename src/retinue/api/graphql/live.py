"""Fields that tell of changes, for as long as somebody may know of them.

Every `[api] graphql_seconds` the store is asked, in a thread, and only what changed is told. Who asked is
proven anew each time, so that a role or key that is taken ends the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from retinue.api.access import customers_seen, refuse, still
from retinue.api.ending import Ending
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import Field, watches
from retinue.api.shapes.campaigns import CampaignState
from retinue.api.shapes.common import CampaignId
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.campaigns import campaign_of
from retinue.store.deliveries import counted
from retinue.store.reviews import list_reviews, waiting_in

__all__ = ["LIVE", "Listeners"]

T = TypeVar("T", bound=BaseModel)


class CampaignProgress(BaseModel):
    """Where a campaign is, and how many of its deliveries are in which state."""

    campaign_id: str
    state: CampaignState
    deliveries: dict[str, int]


class QueueSize(BaseModel):
    """How many cases wait for a person, and of those how many should have been answered by now."""

    waiting: int
    overdue: int


@watches("campaigns.read")
def campaign_progress(asking: Asking, campaign_id: CampaignId) -> AsyncIterator[CampaignProgress]:
    """The state of a campaign and the counts of its deliveries: now, and whenever they change."""

    def look(_: Principal) -> CampaignProgress:
        store = asking.door.store
        return CampaignProgress(
            campaign_id=campaign_id,
            state=campaign_of(store, campaign_id).state,
            deliveries=counted(store, campaign_id=campaign_id),
        )

    return _changes(asking, "campaigns.read", look)


@watches("reviews.read")
def review_queue(asking: Asking) -> AsyncIterator[QueueSize]:
    """How many cases wait for a person: now, and whenever that changes; to a csm, of own customers."""

    def look(who: Principal) -> QueueSize:
        door = asking.door
        now, own = door.clock().replace(tzinfo=None), customers_seen(who, door, "reviews.read")
        if own is None:
            with door.store.reading() as session:
                waiting, overdue = waiting_in(session, now)
            return QueueSize(waiting=waiting, overdue=overdue)
        cases = list_reviews(door.store, states=("waiting",), customers=own)
        return QueueSize(waiting=len(cases), overdue=sum(case.due_at <= now for case in cases))

    return _changes(asking, "reviews.read", look)


async def _changes(asking: Asking, permission: str, look: Callable[[Principal], T]) -> AsyncIterator[T]:
    """What is seen now, and whenever it is another, until the server ends.

    Raises RequestError when the asker may not know it any more.
    """

    def seen() -> T:
        who = still(asking.request, asking.door)
        refuse(who, asking.door, permission)
        return look(who)

    ending: Ending = asking.request.app.state.ending
    last: T | None = None
    while True:
        found = await run_in_threadpool(seen)
        if found != last:
            last = found
            yield found
        if await ending.within(asking.door.settings.api.graphql_seconds):
            return


class Listeners:
    """How many answers go on for whom, in this process. most: for one principal."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()

    def room(self, who: Principal) -> None:
        """Raises RequestError (429) where somebody listens to as much as they may already."""
        if self._held[who.subject] >= self._most:
            raise RequestError(
                f"At most {self._most} live answers at once.",
                status=429,
                where="[api] graphql_listeners",
                fix="End one of them.",
                after=1.0,
            )

    @contextmanager
    def one(self, who: Principal) -> Iterator[None]:
        """One more, for as long as this lasts. Raises RequestError (429)."""
        self.room(who)
        self._held[who.subject] += 1
        try:
            yield
        finally:
            self._held[who.subject] -= 1
            if not self._held[who.subject]:
                del self._held[who.subject]


LIVE: tuple[Field, ...] = (campaign_progress, review_queue)
