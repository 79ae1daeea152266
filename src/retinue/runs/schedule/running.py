"""One slot of one job: taken, done, settled."""

from __future__ import annotations

import math
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from retinue import faults
from retinue.errors import RetinueError, UsageError, WarehouseBusy
from retinue.runs.schedule.base import Done, Fenced, Job, Open
from retinue.runs.schedule.due import Due
from retinue.settings import ScheduleSettings
from retinue.store import Store
from retinue.store.job_runs import AskedBy, State
from retinue.store.jobs import Claim, claim, release, renew, settle
from retinue.telemetry import bound, logger, span, timed
from retinue.telemetry.metrics import observe

__all__ = ["Ran", "Runner"]

_BEATS = 3  # renewals in the length of a lease


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one try of a slot (aware UTC). `lost`: another worker holds it by now."""

    job: str
    slot: datetime
    state: State
    result: dict[str, Any] | None = None
    alert: str | None = None
    error: str | None = None
    not_before: datetime | None = None
    lost: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "job": self.job,
            "slot": _iso(self.slot),
            "state": self.state,
            "result": self.result,
            "alert": self.alert,
            "error": self.error,
            "not_before": None if self.not_before is None else _iso(self.not_before),
            "lost": self.lost,
        }


@dataclass
class Runner:
    """Does slots on a workspace.

    store: where slots are taken. open: opens the workspace for the length of a job. who: the name of this
    worker on record. clock: the present (aware UTC). on_lost: called from a thread when a slot was lost while
    it was being done; whoever runs jobs in the main thread interrupts it there.
    """

    store: Store
    open: Open
    settings: ScheduleSettings
    who: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    on_lost: Callable[[], None] = lambda: None
    working: bool = False
    """Whether a job is being done just now, so that interrupting it is no harm."""

    def run(self, job: Job, due: Due, *, asked_by: AskedBy = "schedule") -> Ran | None:
        """Do a slot; None when it was not to be had. Errors of the job are on record, not raised.

        Interrupted and KeyboardInterrupt pass through; the slot is free again then.
        """
        held = claim(
            self.store,
            job.name,
            due.slot,
            who=self.who,
            lease_seconds=self.settings.lease_seconds,
            most_tries=self.settings.most_tries,
            clock=self.clock(),
            asked_by=asked_by,
            missed=due.missed,
        )
        if held is None:
            return None
        about = {"job": job.name, "slot": _iso(due.slot), "attempt": held.tries}
        with bound(**about), span(f"job {job.name}", retinue_job=job.name, retinue_slot=_iso(due.slot)):
            return self._told(job, due, held, last=asked_by == "hand")

    def _told(self, job: Job, due: Due, held: Claim, *, last: bool) -> Ran:
        """Do the slot, and tell how it went."""
        log = logger("schedule")
        if due.missed:
            log.warning("slots were missed", missed=len(due.missed))
        faults.point(f"job.{job.name}.claimed")
        with timed() as timing:
            ran = self._attempt(job, due.slot, held, last=last)
        observe("retinue_job_seconds", timing.wall, task=job.name, state="lost" if ran.lost else ran.state)
        told = {"state": ran.state, "seconds": round(timing.wall, 3)}
        if ran.lost:
            log.warning("job lost to another worker", **told)
        elif ran.error is not None:
            log.error("job failed", error=ran.error, **told)
        elif ran.alert is not None:
            log.warning("job done", alert=ran.alert, **told)
        else:
            log.info("job done", **told)
        return ran

    def _attempt(self, job: Job, slot: datetime, held: Claim, *, last: bool) -> Ran:
        try:
            with self._kept(held):
                done = self._work(job, slot)
        except Fenced:
            return Ran(job.name, slot, "running", lost=True)
        except WarehouseBusy as error:
            again = self.clock() + timedelta(seconds=self.settings.busy_wait_seconds)
            said = _said(error)
            if last:
                return self._settled(held, Ran(job.name, slot, "failed", error=said))
            waiting = Ran(job.name, slot, "waiting", error=said, not_before=again)
            return self._settled(held, waiting, counts=False)
        except Exception as error:
            return self._settled(held, self._failed(job.name, slot, held, error, last=last))
        except BaseException:  # told to end: the slot is free at once for whoever comes
            release(self.store, held, clock=self.clock())
            raise
        return self._settled(held, Ran(job.name, slot, "done", done.result, done.alert))

    def _work(self, job: Job, slot: datetime) -> Done:
        with self.open(self.clock()) as opened:
            self.working = True
            try:
                done = job.work(opened, slot)
            finally:
                self.working = False
        return Done(_plain(done.result), done.alert)

    def _failed(self, job: str, slot: datetime, held: Claim, error: Exception, *, last: bool) -> Ran:
        # What a setting or a call got wrong stays wrong however often it is tried.
        if last or held.tries >= self.settings.most_tries or isinstance(error, UsageError):
            return Ran(job, slot, "failed", error=_said(error))
        wait = self.settings.first_wait_seconds * 2 ** (held.tries - 1)
        wait = min(wait, self.settings.longest_wait_seconds)
        return Ran(
            job, slot, "waiting", error=_said(error), not_before=self.clock() + timedelta(seconds=wait)
        )

    def _settled(self, held: Claim, ran: Ran, *, counts: bool = True) -> Ran:
        assert ran.state in ("done", "failed", "waiting")  # noqa: S101 - narrows the type
        kept = settle(
            self.store,
            held,
            ran.state,
            clock=self.clock(),
            result=ran.result,
            alert=ran.alert,
            error=ran.error,
            not_before=ran.not_before,
            counts=counts,
        )
        return ran if kept else Ran(ran.job, ran.slot, "running", lost=True)

    @contextmanager
    def _kept(self, held: Claim) -> Iterator[None]:
        """Renew the lease from a thread while the body runs."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self.settings.lease_seconds / _BEATS):
                # A store that is busy or out of reach for a moment is asked again at the next beat.
                with suppress(Exception):
                    lease = self.settings.lease_seconds
                    if not renew(self.store, held, lease_seconds=lease, clock=self.clock()):
                        if not ended.is_set():
                            self.on_lost()
                        return

        thread = threading.Thread(target=beat, name=f"lease of {held.job}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _plain(value: Any) -> Any:
    """A result as JSON holds it: times in ISO 8601, numbers that are none as null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return _plain(value.item()) if hasattr(value, "item") else str(value)


def _said(error: Exception) -> str:
    """An error for the record: ours with what to do, any other by its kind and place.

    The text of a foreign error may quote data.
    """
    if isinstance(error, RetinueError):
        return f"{error.code} {error}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return (
        f"RTN-9000 {type(error).__name__} in {place}.\n"
        "  fix:   Run the job by hand with RETINUE_LOG=debug to see all of it: retinue jobs run NAME"
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
