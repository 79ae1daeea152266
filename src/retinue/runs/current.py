"""Where the run that is under way is: a small file that it keeps up to date, and that says whether it lives.

The file is written when a stage begins, when a stage has come on, and every few seconds by a thread, and goes
with the run. What a run left that was killed is told from one that works by its heartbeat, and on the same
machine by its process, too.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from retinue.pipeline.observer import Observer

__all__ = ["FILE", "Current", "current_run", "told_while"]

FILE = "running.json"
BEAT_SECONDS = 2.0
DEAD = timedelta(seconds=15)
"""A run that was silent for so long is taken for dead."""

_LEAST_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Current:
    """A run under way. Times are aware UTC in ISO 8601; share: of the stage, None where it does not tell."""

    as_of: str
    started_at: str
    stage: str | None
    share: float | None
    stages_done: list[str]
    heartbeat: str
    host: str
    pid: int


class _Told:
    """An observer that passes on what it hears, and keeps the file."""

    def __init__(self, inner: Observer, file: Path, as_of: datetime, clock: Callable[[], datetime]) -> None:
        self._inner, self._file, self._clock = inner, file, clock
        self._lock = threading.Lock()
        self._found: dict[str, Any] = {
            "as_of": as_of.isoformat(),
            "started_at": clock().isoformat(),
            "stage": None,
            "share": None,
            "stages_done": [],
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }

    def begin(self, stage: str) -> None:
        self._inner.begin(stage)
        self._found.update(stage=stage, share=None)
        self.write()

    def advance(self, share: float) -> None:
        self._inner.advance(share)
        before = self._found["share"]
        if before is None or share >= before + _LEAST_STEP:
            self._found["share"] = min(1.0, share)
            self.write()

    def end(self, stage: str, *, reused: bool) -> None:
        self._inner.end(stage, reused=reused)
        self._found["stages_done"].append(stage)
        self.write()

    def close(self) -> None:
        self._inner.close()

    def write(self) -> None:
        """Keep the file; a disk that is full is no reason to end a run."""
        with self._lock, suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_name(f".{self._file.name}.{os.getpid()}.draft")
            draft.write_text(json.dumps({**self._found, "heartbeat": self._clock().isoformat()}))
            draft.replace(self._file)


@contextmanager
def told_while(
    observer: Observer,
    state: Path,
    as_of: datetime,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Observer]:
    """Keep the file of a run while the body works with the observer it gets. state: Retinue's own folder."""
    file = state / FILE
    told = _Told(observer, file, as_of, clock)
    told.write()
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            told.write()

    thread = threading.Thread(target=beat, name="heartbeat of the run", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()
        file.unlink(missing_ok=True)


def current_run(state: Path, now: datetime) -> Current | None:
    """The run that is under way; None where there is none, or what is there is of one that died.

    now: aware UTC.
    """
    try:
        found = Current(**json.loads((state / FILE).read_bytes()))
        silent = now - datetime.fromisoformat(found.heartbeat)
    except (OSError, ValueError, TypeError):
        return None
    here = found.host == socket.gethostname()
    return None if silent > DEAD or (here and not _alive(found.pid)) else found


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
