"""A profile names the functions of Retinue that took the time, and the terminal shows them."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from retinue.incentives import draws
from retinue.pipeline.observer import Timeline
from retinue.pipeline.profile import Profiler
from retinue.report import print_profile

KEYS = [f"C{i}" for i in range(60_000)]


def run(profiler: Profiler | None) -> Timeline:
    timeline = Timeline(profiler=profiler)
    with timeline.stage("decide"):
        draws.uniforms("salt", KEYS)
        time.sleep(0.02)
    return timeline


def test_the_slow_function_is_named_with_its_calls() -> None:
    profiler = Profiler()
    timeline = run(profiler)
    assert [(h.stage, h.function, h.calls) for h in profiler.hot] == [
        ("decide", "incentives.draws.uniforms", 1)
    ]
    assert 0.01 < profiler.hot[0].seconds < timeline.timings[0].wall
    assert timeline.timings[0].peak_mb > 1


def test_without_a_profiler_nothing_is_profiled() -> None:
    assert run(None).profiler is None


def test_a_stage_that_fails_is_profiled_as_far_as_it_came() -> None:
    profiler = Profiler()
    with pytest.raises(AttributeError), profiler.stage("train"):
        draws.uniforms("salt", [*KEYS, None])  # type: ignore[list-item]
    assert profiler.hot[0].stage == "train"


def test_the_terminal_shows_stages_and_functions() -> None:
    profiler = Profiler()
    timeline = run(profiler)
    out = Console(file=io.StringIO(), width=120)
    print_profile(timeline.timings, profiler.hot, console=out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "peak MB so far" in text
    assert "incentives.draws.uniforms × 1" in text
