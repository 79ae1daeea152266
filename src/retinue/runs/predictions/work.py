"""Does the jobs: one part at a time, each on disk before it is on record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from retinue import faults
from retinue.errors import RetinueError, StoreUnavailable
from retinue.runs.customers import CUSTOMERS, CustomerFile, Wanted
from retinue.runs.customers.risk import risk_in_short
from retinue.runs.predictions.asked import IdList
from retinue.runs.predictions.files import Files
from retinue.runs.predictions.result import COLUMNS, joined, write_part
from retinue.store import Store
from retinue.store.prediction_jobs import (
    PredictionJob,
    claim,
    expire,
    fail,
    finish,
    give_back,
    known,
    proceed,
)
from retinue.telemetry import logger

__all__ = ["Workshop"]

LEASE = timedelta(seconds=60)
PART = 10_000
"""Customers in one part; also how many may have to be done again after a crash."""

_AT_ONCE = 1_000
_BREATH = 0.002  # seconds between, so that requests of the same process are answered


class Workshop:
    """Does the jobs of a workspace; any number of processes may, each takes another job.

    clock: the present, aware UTC. keep: how long a result is kept. part: customers in one part.
    """

    def __init__(
        self,
        store: Store,
        state: Path,
        clock: Callable[[], datetime],
        *,
        keep: timedelta,
        who: str,
        part: int = PART,
    ) -> None:
        self.files = Files(state)
        self.halted = threading.Event()
        self._store, self._runs, self._clock = store, state / "runs", clock
        self._keep, self._who, self._part = keep, who, part

    def work(self) -> bool:
        """Do the oldest job that nobody works on, to its end or until `halted`; False when there is none."""
        job = claim(self._store, self._who, lease=LEASE, clock=self._clock())
        if job is not None:
            self.work_on(job)
        return job is not None

    def work_on(self, job: PredictionJob) -> None:
        """Do a job that was claimed. One that cannot be done fails with its reason.

        Raises StoreUnavailable: then it is gone on with when its lease is over.
        """
        try:
            self._do(job)
        except StoreUnavailable:
            raise
        except RetinueError as error:
            self._failed(job, error.what)
        except Exception as error:
            logger("predictions").exception("predictions.broke", job=job.job_id)
            self._failed(job, f"It broke: {type(error).__name__}.")

    def tidy(self) -> None:
        """Delete results that were kept for long enough, and files that no job needs."""
        for job_id in expire(self._store, clock=self._clock()):
            self.files.remove(job_id)
        self.files.sweep(lambda names: known(self._store, names))

    def _do(self, job: PredictionJob) -> None:
        found = CustomerFile.read(self._runs / job.run / CUSTOMERS)
        if found is None:
            self._failed(job, f"The customers of {job.run} are not kept any more: ask again.")
            return
        self.files.folder(job.job_id).mkdir(parents=True, exist_ok=True)
        asking = _by_ids if job.asked["kind"] == "ids" else _by_filter
        held = job
        for place, rows in asking(found, job, IdList(self.files.ids(job.job_id)), self._part):
            write_part(self.files.part(job.job_id, held.parts), rows)
            faults.point("predictions.part_written")
            further = proceed(
                self._store,
                held,
                done=held.done + len(rows),
                missing=held.missing + sum(row["status"] != "predicted" for row in rows),
                parts=held.parts + 1,
                place=place,
                lease=LEASE,
                clock=self._clock(),
            )
            faults.point("predictions.part_recorded")
            if further is None:
                self._lost(job)
                return
            held = further
            if self.halted.is_set():
                give_back(self._store, held)
                return
        self._end(held)

    def _end(self, held: PredictionJob) -> None:
        parts = [self.files.part(held.job_id, number) for number in range(held.parts)]
        joined(parts, self.files.result(held.job_id))
        faults.point("predictions.joined")
        if not finish(self._store, held, keep=self._keep, clock=self._clock()):
            self._lost(held)
            return
        for rest in (*parts, self.files.ids(held.job_id)):
            rest.unlink(missing_ok=True)

    def _failed(self, job: PredictionJob, why: str) -> None:
        fail(self._store, job, why, clock=self._clock())
        self._lost(job)

    def _lost(self, job: PredictionJob) -> None:
        """The job failed, was taken back or taken over; only in the last case somebody needs the files."""
        if not known(self._store, [job.job_id]):
            self.files.remove(job.job_id)


Parts = Iterator[tuple[Any, list[dict[str, Any]]]]
"""The place behind a part, and its rows."""


def _by_ids(found: CustomerFile, job: PredictionJob, ids: IdList, size: int) -> Parts:
    place = job.place or 0
    while asked := ids.after(place, size):
        rows: list[dict[str, Any]] = []
        for start in range(0, len(asked), _AT_ONCE):
            names = [name for _, name in asked[start : start + _AT_ONCE]]
            known_ = found.among(names)
            rows += [_row(known_[name], found) if name in known_ else _none(name, found) for name in names]
            time.sleep(_BREATH)
        place = asked[-1][0]
        yield place, rows


def _by_filter(found: CustomerFile, job: PredictionJob, _: IdList, size: int) -> Parts:
    question = job.asked["filter"]
    wanted = Wanted(
        sort="customer_id",
        descending=False,
        among=question["among"],
        least=question["least"],
        most=question["most"],
        starts=question["starts"],
        at_risk=question.get("at_risk"),
        after=None if job.place is None else (job.place, job.place),
    )
    rows: list[dict[str, Any]] = []
    for part in found.all(wanted, at_once=_AT_ONCE, whole=True):
        rows += [_row(one, found) for one in part]
        time.sleep(_BREATH)
        if len(rows) >= size:
            yield rows[-1]["customer_id"], rows
            rows = []
    if rows:
        yield rows[-1]["customer_id"], rows


def _row(row: Mapping[str, Any], found: CustomerFile) -> dict[str, Any]:
    """A customer of the run's file as a row of the result."""
    return {**risk_in_short(row), "status": "predicted", "as_of": _moment(found.shared.as_of)}


def _none(name: str, found: CustomerFile) -> dict[str, Any]:
    missing = dict.fromkeys(COLUMNS)
    return {
        **missing,
        "customer_id": name,
        "status": found.state(name) or "unknown",
        "as_of": _moment(found.shared.as_of),
    }


def _moment(as_of: datetime) -> str:
    return f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
