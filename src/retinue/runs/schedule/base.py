"""What a job is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from retinue.runs.base import Opened

__all__ = ["Done", "Fenced", "Interrupted", "Job", "Loop", "Open"]

Open = Callable[[datetime], AbstractContextManager[Opened]]
"""Opens the workspace with a clock (aware UTC), and closes it; its warehouse opens when first asked for."""

Loop = Callable[[datetime], bool]
"""Called again and again between jobs with the present (aware UTC); whether there was something to do."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job: facts, JSON-ready; `alert`: what a person should look at."""

    result: dict[str, Any] = field(default_factory=dict)
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work with a name; `work` gets the workspace and the slot (aware UTC).

    It must be safe to do again: a worker may die at any point of it.
    """

    name: str
    work: Callable[[Opened, datetime], Done]
    words: str


class Interrupted(BaseException):
    """The worker was told to end; not an error, so that nothing takes it for a failure of the job."""


class Fenced(BaseException):
    """The slot belongs to another worker by now."""
