"""The year of the demo: a run every six weeks, and what people and customers do in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.app import Retinue
from retinue.campaigns.responding import take_news
from retinue.demo.business import Business
from retinue.demo.staff import Staff
from retinue.runs.schedule import JOBS, Runner
from retinue.runs.schedule.due import Due
from retinue.store.contacts import keep_contacts
from retinue.store.deliveries import list_deliveries

if TYPE_CHECKING:
    import pandas as pd

    from retinue.runs import RunResult
    from retinue.store.deliveries import DeliveryRecord

__all__ = ["Year", "moments"]

EVERY = timedelta(weeks=6)
NIGHT, MORNING, ANSWERED, TOLD = (timedelta(hours=hours) for hours in (1, 8, 33, 57))
"""After a run: jobs look at it, its plan is approved and sent, cases are answered, news of it has come in."""

_LATELY = 5
"""Before so many last runs drift and quality are looked at as well: looking takes time."""

_ALL = 1_000_000


def moments(end: datetime, campaigns: int) -> list[datetime]:
    """When there is a run: so many times every six weeks until the day before the end, and at the end.

    >>> from datetime import UTC
    >>> [f"{one:%m-%d}" for one in moments(datetime(2026, 1, 1, tzinfo=UTC), 3)]
    ['10-08', '11-19', '12-31', '01-01']
    """
    last = end - timedelta(days=1)
    return [*(last - EVERY * back for back in range(campaigns - 1, -1, -1)), end]


class Year:
    """A workspace that is lived in, campaign by campaign, until its end.

    Parameters
    ----------
    root: the workspace. business: whose first export is of the first moment. days: from `moments`.
    """

    def __init__(self, root: Path, business: Business, staff: Staff, days: list[datetime]) -> None:
        self.root, self.business, self.staff, self.days = root, business, staff, days
        self._told: set[str] = set()

    def play(self, tell: Callable[[int, datetime], None]) -> RunResult:
        """Live through all of it; the last run. tell: called before each run with its number and time."""
        for number, (now, following) in enumerate(zip(self.days, self.days[1:], strict=False)):
            tell(number + 1, now)
            campaign = str(self._run(now).campaign["campaign_id"])
            self._look(number, now + NIGHT)
            with self._at(now + MORNING) as retinue:
                self.staff.release(retinue, campaign)
                self._send(retinue)
            if following == self.days[-1]:
                self._yesterday(now)
            else:
                self._weeks(number, now)
            self._live(campaign, following)
        tell(len(self.days), self.days[-1])
        last = self._run(self.days[-1])
        self._job("outcomes", self.days[-1])
        self._job("alerts", self.days[-1])
        with self._at(self.days[-1]) as retinue:
            self._send(retinue)  # colleagues are told of what fired
        return last

    def _run(self, now: datetime) -> RunResult:
        """Load what the business learned, and decide; the campaign is planned then, and waits."""
        folder = self.business.export(self.root / "data" / f"{now:%Y-%m-%d}")
        with self._at(now) as retinue:
            keep_contacts(retinue.store, self.business.contacts(folder), clock=now)
            retinue.outcomes_collect()
            return retinue.run(now, data=folder)

    def _look(self, number: int, now: datetime) -> None:
        """The jobs of a night."""
        lately = number >= len(self.days) - _LATELY
        for name in ("expire", "reviews", "deliveries", *(("drift", "retrain") if lately else ())):
            self._job(name, now)

    def _weeks(self, number: int, now: datetime) -> None:
        """What happens until the next run."""
        with self._at(now + ANSWERED) as retinue:
            self.staff.answer(retinue)
            self._send(retinue)
        self._hear(now + TOLD)
        full = len(self.days) - 2  # campaigns that have weeks after them
        objected, asked, stopped = full // 3, 2 * full // 3, full // 2
        with self._at(now + TOLD) as retinue:
            if number == objected:
                self.staff.hear_objection(retinue)
            if number == asked:
                self.staff.take_requests_in(retinue)
            if number == stopped:
                self.staff.stop(retinue)
        if number == asked:
            self._job("privacy", now + TOLD + NIGHT)
        if number == stopped:
            with self._at(now + TOLD + NIGHT) as retinue:
                self.staff.resume(retinue)

    def _yesterday(self, now: datetime) -> None:
        """What happened since yesterday's run: its cases wait, and so do some requests of customers."""
        with self._at(now + MORNING + NIGHT) as retinue:
            self.staff.begin(retinue)
            self.staff.open_requests(retinue)
        self._hear(now + MORNING + 2 * NIGHT)

    def _send(self, retinue: Retinue) -> None:
        """Send what is due, minute by minute, as a worker does."""
        minute = [retinue.clock]
        campaigns = retinue.campaigns()
        sender = campaigns.sender("demo", clock=lambda: minute[0])
        try:
            while sender.pump(limit=500):
                minute[0] += timedelta(minutes=1)
        finally:
            sender.close()
            campaigns.close()

    def _hear(self, now: datetime) -> None:
        """Take in what mail and billing systems tell, through the callbacks of their channels."""
        with self._at(now) as retinue:
            campaigns = retinue.campaigns()
            sent = [one for one in self._sent(retinue) if one.delivery_id not in self._told]
            calls: dict[str, list[tuple[dict[str, str], bytes]]] = {}
            for call in self.business.tells(sent, now):
                calls.setdefault(call.channel, []).append((call.headers, call.body))
            for name, told in calls.items():
                opened = campaigns.channels
                take_news(retinue.store, retinue.settings, opened, name, told, url="", now=now)
            campaigns.close()
        self._told.update(one.delivery_id for one in sent)

    def _live(self, campaign_id: str, until: datetime) -> None:
        """Let the offers that reached their customers work, and time pass."""
        with self._at(until) as retinue:
            sent = self._sent(retinue, campaign_id)
        self.business.live(until, _made(sent))

    def _sent(self, retinue: Retinue, campaign_id: str | None = None) -> list[DeliveryRecord]:
        return list_deliveries(retinue.store, states=("sent",), campaign_id=campaign_id, limit=_ALL)

    def _job(self, name: str, now: datetime) -> None:
        job = next(one for one in JOBS if one.name == name)
        with self._at(now) as opened:
            Runner(opened.store, self._opened, opened.settings.schedule, "demo", lambda: now).run(
                job, Due(now)
            )

    def _opened(self, now: datetime) -> Retinue:
        retinue = Retinue(self.root, clock=now)
        retinue.store.clock = lambda: now  # the trail of a simulated year states its days
        return retinue

    @contextmanager
    def _at(self, now: datetime) -> Iterator[Retinue]:
        with self._opened(now) as retinue:
            yield retinue


def _made(sent: list[DeliveryRecord]) -> pd.DataFrame:
    """Offers that reached a customer, as `World.step` takes them."""
    import pandas as pd

    told = {one.decision_id: one for one in sent if one.kind == "message"}
    rows = [(one.customer_id, one.content["incentive"]["id"], one.first_try_at) for one in told.values()]
    return pd.DataFrame(rows, columns=["customer_id", "incentive", "executed_at"])
