"""Where the time of a run goes: a profile of each stage, for `retinue run --profile`.

Python's own profiler is on while a stage runs. It counts every call of a Python function, which costs little
here, since the work is done in the engine and in compiled libraries; seconds spent in those are those of the
function that called them.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Hot", "Profiler"]

PACKAGE = Path(__file__).parent.parent
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Hot:
    """A function of Retinue's in one stage.

    function: module and name, without the package. calls: how often it was called. seconds: wall seconds from
    its calls to their returns, with all they called.
    """

    stage: str
    function: str
    calls: int
    seconds: float


@dataclass
class Profiler:
    """Profiles stages, one after the other; `hot` holds the slowest functions of each.

    >>> profiler = Profiler()
    >>> with profiler.stage("train"):
    ...     _ = sum(range(10))
    >>> profiler.hot
    []
    """

    hot: list[Hot] = field(default_factory=list)
    raw: dict[str, cProfile.Profile] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Profile what happens inside."""
        profile = cProfile.Profile()
        profile.enable()
        try:
            yield
        finally:
            profile.disable()
            self.raw[name] = profile
            self.hot += _slowest(name, profile)

    def write(self, folder: Path) -> None:
        """One file per stage, for any viewer of Python profiles."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, profile in self.raw.items():
            profile.dump_stats(folder / f"{name}.prof")


def _slowest(stage: str, profile: cProfile.Profile) -> list[Hot]:
    found = []
    # The stubs do not know the table that the documentation of pstats describes.
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, function), (_, calls, _, seconds, _) in stats.items():
        path = Path(file)
        if not path.is_relative_to(PACKAGE) or function.startswith("<") or seconds < 0.01:
            continue
        if path.parent == PACKAGE / "pipeline":
            continue  # the stage itself
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found.append(Hot(stage, f"{module}.{function}", calls, seconds))
    return sorted(found, key=lambda hot: -hot.seconds)[:SHOWN]
