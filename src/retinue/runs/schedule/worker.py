"""The worker: does what is due, one thing at a time, until it is told to end."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from retinue.errors import StoreUnavailable
from retinue.runs.schedule.base import Fenced, Interrupted, Job, Loop
from retinue.runs.schedule.due import due_slot
from retinue.runs.schedule.running import Ran, Runner
from retinue.store.job_runs import standing
from retinue.telemetry import logger

__all__ = ["Worker", "worker_name"]


def worker_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass
class Worker:
    """Does the jobs of a workspace when they are due, and pumps in between.

    jobs: in the order in which those of one moment are done. plans: job to cron expression and time zone.
    pump: called again and again between jobs; until there is one, the worker only waits.
    wait: seconds to wait, cut short when the worker is told to end.
    """

    runner: Runner
    jobs: Sequence[Job]
    plans: dict[str, tuple[str, str]]
    pump: Loop | None = None
    wait: Callable[[float], Any] | None = None
    poll_seconds: float = 1.0
    stopping: threading.Event = field(default_factory=threading.Event)

    def step(self) -> Ran | None:
        """Do one slot, that of the earliest moment which is due; None when none is to be had."""
        now, store = self.runner.clock(), self.runner.store
        stands = standing(store)
        found = []
        for place, job in enumerate(self.jobs):
            plan = self.plans.get(job.name)
            due = None if plan is None else due_slot(store, job.name, plan, now, stands.get(job.name))
            if due is not None:
                found.append((due.slot, place, job, due))
        for _, _, job, due in sorted(found, key=lambda one: one[:2]):
            ran = self.runner.run(job, due)
            if ran is not None:
                return ran
        return None

    def once(self) -> list[Ran]:
        """Do all that is due now, pump until there is nothing to do, and return what was done.

        A job that is to be tried again later is left to the next call.
        """
        done: list[Ran] = []
        while not self.stopping.is_set() and (ran := self.step()) is not None:
            done.append(ran)
        while not self.stopping.is_set() and self.pump is not None and self.pump(self.runner.clock()):
            pass
        return done

    def forever(self) -> None:
        """Do what is due until told to end; while the store does not answer, wait for it."""
        wait = self.wait or self.stopping.wait
        looked: datetime | None = None
        while not self.stopping.is_set():
            ran, busy = None, False
            try:
                busy = self._pumped()
                now = self.runner.clock()
                # A busy pump is called many times a second; the schedule need not be looked at as often.
                if looked is None or not 0 <= (now - looked).total_seconds() < self.poll_seconds:
                    ran = self.step()
                    looked = None if ran is not None else now
            except StoreUnavailable as error:
                logger("schedule").warning("store unavailable", why=error.fix)
            if ran is None and not busy:
                wait(self.poll_seconds)

    def _pumped(self) -> bool:
        """Send what is due; a store that is full or locked is tried again later, and ends no worker."""
        if self.pump is None:
            return False
        try:
            return self.pump(self.runner.clock())
        except Exception as error:
            logger(__name__).error("worker.sending_failed", error=type(error).__name__)
            return False

    @contextmanager
    def signals(self) -> Iterator[None]:
        """While the body runs, SIGTERM and SIGINT end the worker: a job under way gives its slot back.

        Only in the main thread. A slot lost to another worker interrupts the job too.
        """

        def end(*_: object) -> None:
            self.stopping.set()
            if self.runner.working:
                self.runner.working = False
                raise Interrupted

        def fenced(*_: object) -> None:
            if self.runner.working:
                self.runner.working = False
                raise Fenced

        handlers: dict[int, Any] = {signal.SIGTERM: end, signal.SIGINT: end}
        main = threading.main_thread().ident
        if main is not None and hasattr(signal, "pthread_kill"):
            handlers[signal.SIGUSR1] = fenced
            self.runner.on_lost = lambda: signal.pthread_kill(main, signal.SIGUSR1)
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        except Interrupted:
            pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
