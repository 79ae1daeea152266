"""What a run needs of the opened workspace it runs in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from retinue.ingest import LoadReport
    from retinue.pipeline.observer import Observer, Timeline
    from retinue.pipeline.stages import Stages
    from retinue.settings import Settings
    from retinue.store import Store
    from retinue.warehouse import Warehouse

__all__ = ["Kept", "Opened", "Staged"]


class Kept(Protocol):
    """What is known of a workspace without its warehouse: all that campaigns and reviews need."""

    settings: Settings
    clock: datetime

    @property
    def store(self) -> Store:
        """Runs and campaigns."""


class Staged(Kept, Protocol):
    """What is known of a workspace, and a way to its stages, which may need the warehouse."""

    def stages(
        self, as_of: datetime, timeline: Timeline | None = None, settings: Settings | None = None
    ) -> Stages:
        """The stages as of a time."""


class Opened(Staged, Protocol):
    """A workspace, opened: `retinue.app.Retinue` is one."""

    observer: Observer

    @property
    def warehouse(self) -> Warehouse:
        """The facts."""

    def load(self, data: Path | str | None = None, *, timeline: Timeline | None = None) -> LoadReport:
        """Load what is new."""

    def reopened(self, settings: Settings) -> Opened:
        """The same workspace under other settings."""

    def close(self) -> None:
        """Release warehouse and store."""
