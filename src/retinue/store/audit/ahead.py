"""Entries of the trail that are in a file before anybody is answered, and in the chain about a second later.

A record in the chain takes a transaction of the store; thousands of readings a second cannot wait for one
each. So an entry is appended to a file of this process, which whoever asks waits for. A thread has the disk
keep the file ten times a second, puts its entries into the chain every second, in one transaction, and
removes it. What a process left that died is put into the chain by the next one.

So a process that dies loses nothing. A machine that loses its power may lose the last tenth of a second.
Where the file cannot be written, or the chain could not be lately, nobody is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.errors import AuditError, RetinueError
from retinue.store.audit.segments import Entry, Segment, gather, gather_left
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["Ahead"]

SYNC_SECONDS = 0.1
"""How often the disk is made to keep what was appended."""

SYNCS = 10
"""After so many of these the entries are put into the chain."""


class Ahead:
    """Takes entries for a process, whatever its threads. folder: where its files are."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._lock = threading.Lock()  # held while a file is written or taken away
        self._open: Segment | None = None
        self._full: list[Segment] = []
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._before: list[Callable[[], None]] = []
        self.wrong: RetinueError | None = None

    def put(self, entry: Entry) -> None:
        """Append an entry; it survives this process when this returns.

        Raises AuditError where it cannot be written, or the trail could not be lately: answer nothing then.
        """
        wrong = self.wrong
        if wrong is not None or self._ending.is_set():
            raise _refused(wrong)
        with self._lock:
            if self._thread is None:
                self._start()
            try:
                if self._open is None:
                    self._open = Segment(self._folder)
                self._open.add(entry)
            except OSError as error:
                self._put_by()  # part of a line may stand at its end
                raise _unwritten(self._folder, error) from error

    def start(self) -> None:
        """Put into the chain what another process left, and go on doing so."""
        with self._lock:
            if self._thread is None and not self._ending.is_set():
                self._start()

    def before_gathering(self, act: Callable[[], None]) -> None:
        """Call something every second, which may put further entries."""
        self._before.append(act)

    def close(self) -> None:
        """Put what is there into the chain, and take nothing more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._working, name="retinue-audit", daemon=True)
        self._thread.start()

    def _working(self) -> None:
        left, turn = True, 0
        while True:
            ended = self._ending.wait(0 if left and turn == 0 else SYNC_SECONDS)
            try:
                if left and turn % SYNCS == 0:
                    gather_left(self._store, self._folder)
                    left = False
                self._sync()
                if ended or turn % SYNCS == 0:
                    for act in () if ended else self._before:
                        act()
                    self._gather()
                    self.wrong = None
            except Exception as error:  # whatever it is, nobody may be answered until it is over
                self._behind(error)
            turn += 1
            if ended:
                return

    def _sync(self) -> None:
        segment = self._open
        if segment is not None:
            segment.sync()

    def _gather(self) -> None:
        with self._lock:
            self._put_by()
        while self._full:
            gather(self._store, self._full[0])
            self._full.pop(0).drop()

    def _put_by(self) -> None:
        segment, self._open = self._open, None
        if segment is None:
            return
        if segment.entries:
            self._full.append(segment)
        else:  # on a full disk each request opens another one: they must not use up the descriptors
            segment.drop()

    def _behind(self, error: Exception) -> None:
        if self.wrong is None:
            logger("retinue.audit").error("audit.behind", kind=type(error).__name__, folder=str(self._folder))
        self.wrong = error if isinstance(error, RetinueError) else _unwritten(self._folder, error)


def _refused(wrong: RetinueError | None) -> AuditError:
    return AuditError(
        "The audit trail cannot be written, so nothing was answered.",
        where="" if wrong is None else wrong.where,
        fix="The service is ending." if wrong is None else f"{wrong.what} {wrong.fix}",
    )


def _unwritten(folder: Path, error: Exception) -> AuditError:
    return AuditError(
        "The audit trail cannot be written, so nothing was answered.",
        where=str(folder),
        fix=f"Mend the disk ({error}), then try again.",
    )
