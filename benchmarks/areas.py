"""What `make bench` measures, in the order of the page; each area is a module of one shape.

An area has `measure(plan, say)`, which returns JSON-ready findings and raises `harness.Unequal` when its
outputs disagree, and `section(found)`, which tells them in Markdown. One area that fails does not take the
others with it: its failure is a finding too.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from benchmarks.harness import Unequal
from benchmarks.machine import busy
from benchmarks.plan import Plan

__all__ = ["AREAS", "Area", "Module", "load", "measure"]


class Module(Protocol):
    """What every area offers."""

    def measure(self, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]: ...

    def section(self, found: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True, slots=True)
class Area:
    """Its name on the command line, the module that measures it, its title where there is nothing to tell."""

    name: str
    module: str
    title: str


AREAS: dict[str, Area] = {
    area.name: area
    for area in (
        Area("features", "benchmarks.features", "Features"),
        Area("growth", "benchmarks.growth", "Growth"),
        Area("shapes", "benchmarks.shapes", "Data of other shapes"),
        Area("increments", "benchmarks.increments", "Tomorrow's run"),
        Area("value", "benchmarks.value", "Value models"),
        Area("scores", "benchmarks.scores", "Scores and reasons"),
        Area("offers", "benchmarks.offers", "Offers within a budget"),
        Area("drift", "benchmarks.drift", "Drift"),
        Area("whole", "benchmarks.whole", "Whole run"),
    )
}


def load(area: Area) -> Module | None:
    """The module of an area; None when it does not exist (an import that fails inside it is an error)."""
    try:
        return cast(Module, importlib.import_module(area.module))
    except ModuleNotFoundError as error:
        if error.name == area.module:
            return None
        raise


def measure(area: Area, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure one area; a record with `found`, or with `failed` and the reason in words fit for a page."""
    record: dict[str, Any] = {
        "area": area.name,
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "busy": busy(),
        "plan": {k: v for k, v in asdict(plan).items() if k not in ("work", "peers")},
    }
    started = time.perf_counter()
    try:
        module = load(area)
        if module is None:
            say(f"{area.name}: skipped, there is no {area.module} yet")
            return {**record, "failed": "there is no such measurement yet", "missing": True}
        found = module.measure(plan, say)
    except Unequal as error:
        say(f"{area.name}: outputs differ, so no times are given: {error}")
        return {**record, "failed": f"outputs differ, so no times are given: {error}"}
    except Exception as error:
        # The page must not show paths of a machine, and a message may hold them: the terminal gets the whole.
        say(f"{area.name}: failed\n{traceback.format_exc()}")
        return {**record, "failed": f"it ended with an error ({type(error).__name__})"}
    return {**record, "found": found, "seconds": time.perf_counter() - started}
