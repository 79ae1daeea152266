"""How a run tells whoever watches where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from retinue.pipeline.profile import Profiler
from retinue.telemetry import logger, peak_memory_mb, span, timed
from retinue.telemetry.metrics import observe

__all__ = ["Observer", "Silent", "StageTiming", "Timeline"]


@dataclass(frozen=True, slots=True)
class StageTiming:
    """Wall and CPU seconds of one stage; `reused` when its result was already there.

    `peak_mb`: most memory the process had held by its end: where it rises, the stage is to blame.
    """

    stage: str
    wall: float
    cpu: float
    reused: bool
    peak_mb: float = 0.0


class Observer(Protocol):
    """Whoever watches a run, such as a progress bar."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def advance(self, share: float) -> None:
        """The current stage is done to this share (0 to 1)."""

    def end(self, stage: str, *, reused: bool) -> None:
        """A stage is done."""

    def close(self) -> None:
        """Nothing more will come, whether the run went through or not."""


class Silent:
    """Watches nothing."""

    def begin(self, stage: str) -> None: ...

    def advance(self, share: float) -> None: ...

    def end(self, stage: str, *, reused: bool) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Timeline:
    """Collects the time of each stage and passes progress on."""

    observer: Observer = field(default_factory=Silent)
    timings: list[StageTiming] = field(default_factory=list)
    profiler: Profiler | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[bool], None]]:
        """Time a stage; the body calls the yielded function with whether its result was reused."""
        outcome = {"reused": False}

        def report(reused: bool) -> None:
            outcome["reused"] = reused

        self.observer.begin(name)
        profiled = self.profiler.stage(name) if self.profiler else nullcontext()
        with span(f"stage {name}", retinue_stage=name) as opened, timed() as timing, profiled:
            yield report
            if opened is not None:
                opened.set_attribute("retinue.reused", outcome["reused"])
        if not outcome["reused"]:
            observe("retinue_run_stage_seconds", timing.wall, stage=name)
        told = (timing.wall, timing.cpu, outcome["reused"], round(peak_memory_mb(), 1))
        self.timings.append(StageTiming(name, *told))
        self.observer.end(name, reused=outcome["reused"])
        logger("pipeline").info("stage done", stage=name, seconds=round(timing.wall, 3), **outcome)
