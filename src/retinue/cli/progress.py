"""Progress on a terminal: on stderr, and silent when that is not a terminal."""

from __future__ import annotations

import sys
from typing import Any

from retinue.pipeline.observer import Observer, Silent

__all__ = ["terminal_observer"]

WORDS = {
    "ingest": "Loading",
    "training": "Looking at the past",
    "profiles": "Building features",
    "train": "Training models",
    "assess": "Assessing customers",
    "gate": "Judging new settings",
    "decide": "Choosing offers",
    "write": "Writing the campaign",
}


def terminal_observer(*, quiet: bool) -> Observer:
    """A progress bar when a person watches, nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        return Silent()
    return _Bars()


class _Bars:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<22}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self._task: Any = None

    def begin(self, stage: str) -> None:
        if not self._progress.live.is_started:
            self._progress.start()
        self._task = self._progress.add_task(WORDS.get(stage, stage), total=None, note="")

    def advance(self, share: float) -> None:
        self._progress.update(self._task, total=1.0, completed=share)

    def end(self, stage: str, *, reused: bool) -> None:
        self._progress.update(self._task, total=1.0, completed=1.0, note="already done" if reused else "")
        self._progress.stop_task(self._task)

    def close(self) -> None:
        # Also after an error: a live display that is not stopped leaves the terminal without a cursor.
        self._progress.stop()
