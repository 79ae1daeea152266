"""What the routes read beside the store: the customers of runs, and the files that runs left."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never, TypeVar

from fastapi import Depends, Request

from retinue.api.deps import Door
from retinue.campaigns.profiling import refuses_profiling
from retinue.channels import Channel
from retinue.channels.opening import open_channel
from retinue.errors import NotFoundError, RequestError, StateError
from retinue.privacy import workspace_key
from retinue.runs.campaigns import Campaigns
from retinue.runs.customers import CustomerFile, NewestCustomers, Shared
from retinue.runs.customers.online import OnlineCustomers, open_online
from retinue.runs.customers.risk import risk_in_short
from retinue.runs.figures import FIGURES, JOURNEY, Journey
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.consents import words_of_many
from retinue.store.runs import RunRecord, latest_run

if TYPE_CHECKING:
    from retinue.pipeline.observer import Timeline
    from retinue.pipeline.stages import Stages

__all__ = ["Assessed", "Held", "Here", "Reading", "Reads", "Recent", "campaigns_of", "channels_of"]


T = TypeVar("T")


@dataclass
class Here:
    """The workspace as campaigns, reviews and rules need it; there is no warehouse in it."""

    settings: Settings
    store: Store
    clock: datetime

    @classmethod
    def of(cls, door: Door) -> Here:
        """The workspace at this moment."""
        return cls(door.settings, door.store, door.clock())

    @property
    def warehouse(self) -> Never:
        """Nothing of it is here. Raises StateError."""
        raise StateError(
            "This needs the warehouse, which the service does not open.",
            fix="Do it on the machine, with the command of the same name.",
        )

    def stages(
        self, as_of: datetime, timeline: Timeline | None = None, settings: Settings | None = None
    ) -> Stages:
        """Nothing can be computed here. Raises StateError."""
        return self.warehouse


class Recent:
    """The answers of one run that were asked for last, by customer.

    >>> recent = Recent(2)
    >>> for name in ("a", "b", "c"): recent.put("run", name, name.encode())
    >>> recent.get("run", "a"), recent.get("run", "c"), recent.get("other", "c")
    (None, b'c', None)
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._run = ""
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def get(self, run: str, name: str) -> bytes | None:
        """The answer, where there is one for that run."""
        return self._held.get(name) if run == self._run else None

    def put(self, run: str, name: str, answer: bytes) -> None:
        """Keep an answer; those of another run are forgotten."""
        if run != self._run:
            self._run, self._held = run, OrderedDict()
        self._held[name] = answer
        while len(self._held) > self._most:
            self._held.popitem(last=False)


class Held:
    """Files that were read lately, by path; read again when another one stands there."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._held: OrderedDict[Path, tuple[tuple[int, int] | None, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, read: Callable[[Path], T]) -> T:
        """What `read` makes of the file."""
        try:
            stat = path.stat()
            stamp: tuple[int, int] | None = (stat.st_ino, stat.st_mtime_ns)
        except OSError:
            stamp = None
        with self._lock:
            known = self._held.get(path)
            if known is not None and known[0] == stamp:
                self._held.move_to_end(path)
                return known[1]  # type: ignore[no-any-return]
        found = read(path)
        with self._lock:
            self._held[path] = stamp, found
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a run said of some customers.

    told: by id, as `risk_in_short`. file: where it is on this machine, with all others.
    """

    shared: Shared
    told: Mapping[str, dict[str, Any]]
    file: CustomerFile | None

    def missing(self, customer_id: str) -> str:
        """Why there is no row of a customer: gone, too_new, objected or unknown."""
        return (self.file.state(customer_id) if self.file else None) or "unknown"


@dataclass
class Reading:
    """What the service reads; made once at its start."""

    settings: Settings
    store: Store
    newest: NewestCustomers
    online: OnlineCustomers | None = None
    risks: Recent = field(default_factory=Recent)
    held: Held = field(default_factory=Held)

    @classmethod
    def of(cls, settings: Settings, store: Store) -> Reading:
        """Of a workspace."""
        return cls(settings, store, NewestCustomers(settings, store), open_online(settings))

    @cached_property
    def key(self) -> bytes:
        """The workspace's key, which signs cursors."""
        return workspace_key(self.settings.state)

    def customers(self, now: datetime, run: str | None = None) -> CustomerFile:
        """The customers of the newest run, or of the run of a campaign. Raises RequestError: 404."""
        found = self.newest.at(now) if run is None else self.newest.of(run)
        if found is None:
            raise no_customers(run)
        return found

    def assessed(self, customers: Sequence[str], now: datetime) -> Assessed:
        """What the newest run said of these customers: by its file, or where that is elsewhere by `[cache]`.
        Raises RequestError: 404 where neither has it, 503 while the one that may does not answer."""
        file = self.newest.at(now)
        if file is not None:
            rows = file.among(customers)
            return Assessed(file.shared, {name: risk_in_short(row) for name, row in rows.items()}, file)
        record = None if self.online is None else latest_run(self.store)
        if self.online is None or record is None:
            raise no_customers()
        try:
            found = self.online.among(record.campaign_id, customers)
        except StateError as error:
            wait = self.settings.cache.pause_seconds
            raise RequestError(error.what, status=503, where=error.where, fix=error.fix, after=wait) from None
        if found is None:
            raise no_customers()
        shared, told = found
        # Nobody takes those who object out of copies at once, as out of the file.
        said = words_of_many(self.store, list(told))
        refused = {name for name, words in said.items() if refuses_profiling(words, now)}
        return Assessed(shared, {name: one for name, one in told.items() if name not in refused}, None)

    @property
    def runs(self) -> Path:
        """Where runs leave their files, each in a folder of its campaign."""
        return self.settings.state / "runs"

    def folder(self, campaign_id: str) -> Path:
        """Where a run left its files."""
        return self.runs / campaign_id

    def newest_run(self) -> tuple[RunRecord, Mapping[str, Any]]:
        """The newest finished run and what its report shows, without the campaign where it was prepared so.
        Raises NotFoundError."""
        record = self.last_run()
        return record, self.figures(record.campaign_id) or self.facts(record.campaign_id)

    def shown(self, campaign_id: str) -> Mapping[str, Any]:
        """What the report of a run shows, without the campaign where it was prepared so; empty where neither
        is there any more."""
        try:
            return self.figures(campaign_id) or self.facts(campaign_id)
        except NotFoundError:
            return {}

    def facts(self, campaign_id: str, file: str = "run.json") -> Mapping[str, Any]:
        """What the run of a campaign wrote. Raises NotFoundError where it is not there."""
        try:
            found: Mapping[str, Any] = json.loads((self.folder(campaign_id) / file).read_bytes())
        except (OSError, ValueError):
            raise NotFoundError(
                f"The files of {campaign_id} are not there.", fix="Run again with the same --as-of."
            ) from None
        return found

    def journey(self, campaign_id: str) -> Journey:
        """All runs up to one, as it left them; one without any run where it left none."""
        return self.held.get(self.folder(campaign_id) / JOURNEY, Journey.read)

    def journey_since(self, place: Sequence[Any] | None) -> tuple[str, Journey]:
        """The run that a list began in, by the place its cursor tells, and all runs up to it; without one the
        newest. Raises RequestError (404) where that run is not kept any more."""
        run = str(place[0]) if place else self.last_run().campaign_id
        journey = self.journey(run)
        if place and journey.told is None:
            raise RequestError(
                "The run that this list is of is not kept any more.",
                status=404,
                where="cursor",
                fix="Begin again, without a cursor.",
            )
        return run, journey

    def figures(self, campaign_id: str) -> Mapping[str, Any]:
        """What a run prepared for the figures; empty where it left nothing."""

        def read(path: Path) -> Mapping[str, Any]:
            try:
                found: Mapping[str, Any] = json.loads(path.read_bytes())
            except (OSError, ValueError):
                return {}
            return found

        return self.held.get(self.folder(campaign_id) / FIGURES, read)

    def last_run(self) -> RunRecord:
        """The newest finished run, of which no file is read. Raises NotFoundError."""
        record = latest_run(self.store)
        if record is None:
            raise NotFoundError("There is no finished run.", fix="Start one: retinue run --as-of DATE")
        return record


def no_customers(run: str | None = None) -> RequestError:
    """There are no customers to answer from."""
    return RequestError(
        "No finished run left its customers here." if run is None else f"{run} left no customers here.",
        status=404,
        where="[api] read_model",
        fix="Start one: retinue run --as-of DATE",
    )


def _reading(request: Request) -> Reading:
    found: Reading = request.app.state.reading
    return found


async def _reads(request: Request) -> Reading:
    return _reading(request)  # without a thread of its own


Reads = Annotated[Reading, Depends(_reads)]


def channels_of(door: Door) -> Mapping[str, Channel]:
    """Every channel of the settings, opened once for the life of the service."""
    for name in door.settings.channels:
        if name not in door.channels:
            door.channels[name] = open_channel(door.settings, name)
    return door.channels


def campaigns_of(door: Door) -> Campaigns:
    """The workspace's campaigns at this moment."""
    return Campaigns(Here.of(door), channels=lambda: channels_of(door))
