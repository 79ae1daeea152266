"""Measure commands side by side, as whole processes, in turns.

Two machines, or two hours on one shared machine, differ by more than most improvements do. So contenders
run alternately (A B A B …) in one sitting, the median of each is taken, and what is reported first is their
*ratio*. CPU seconds are those of the process and its descendants, start-up included: it is what a user pays
for. Outputs are compared before times are; contenders that disagree are not timed at all.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Contender", "Failed", "Result", "Unequal", "Usage", "compare", "measure", "render", "row_of"]

LAUNCHER = Path(__file__).with_name("launcher.py")
LAST_LINES = 30


class Failed(RuntimeError):
    """A contender ended with an error; the last lines it wrote are the message."""


class Unequal(AssertionError):
    """Contenders gave different answers, so their times say nothing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process used: seconds, and bytes of resident memory at its peak."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Contender:
    """One command to measure.

    name: how the table calls it.
    argv: the command and its arguments.
    prepare: called before each run, unmeasured, e.g. to put the state back as it was.
    env: the whole environment of the command; None: that of this process.
    stdout: a file for what it prints; None: kept only for the message of a failure.
    """

    name: str
    argv: Sequence[str]
    prepare: Callable[[], None] | None = None
    env: Mapping[str, str] | None = None
    stdout: Path | None = None


@dataclass(slots=True)
class Result:
    """All runs of one contender, in the order they were made."""

    name: str
    runs: list[Usage] = field(default_factory=list)

    def median(self, measure: str) -> float:
        return float(statistics.median(getattr(run, measure) for run in self.runs))

    def spread(self, measure: str) -> tuple[float, float]:
        values = [getattr(run, measure) for run in self.runs]
        return float(min(values)), float(max(values))


def measure(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdout: Path | None = None,
) -> Usage:
    """Run one command to its end and say what it used. Failed when it ends with an error."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "usage.json"
        log = Path(folder) / "log.txt"
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(report), *argv]
        with log.open("wb") as words, (stdout or Path(os.devnull)).open("wb") as printed:
            done = subprocess.run(
                launcher,
                stdin=subprocess.DEVNULL,
                stdout=printed if stdout else words,
                stderr=words,
                cwd=cwd,
                env=None if env is None else dict(env),
                check=False,
            )
        if done.returncode != 0:
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
            raise Failed(f"{' '.join(argv[:4])} … ended with {done.returncode}:\n" + "\n".join(tail))
        found = json.loads(report.read_text(encoding="ascii"))
    return Usage(found["cpu_seconds"], found["wall_seconds"], found["peak_bytes"])


def compare(
    contenders: Sequence[Contender],
    *,
    repeats: int,
    check: Callable[[], None],
    warm: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> list[Result]:
    """Measure contenders in turns.

    Parameters
    ----------
    repeats: measured runs of each contender.
    check: compares the outputs of a round and raises Unequal when they differ. It is called before
        anything is timed, and again after the last round.
    warm: run each once without counting it (page cache, bytecode). Without it, the first counted round
        is the one checked.
    say: told about each run.

    Returns one Result per contender, in their order.
    """
    if repeats < 1:
        raise ValueError("repeats must be at least 1")
    results = [Result(contender.name) for contender in contenders]
    rounds = repeats + (1 if warm else 0)
    for turn in range(rounds):
        counted = turn >= rounds - repeats
        for contender, result in zip(contenders, results, strict=True):
            if contender.prepare is not None:
                contender.prepare()
            used = measure(contender.argv, env=contender.env, stdout=contender.stdout)
            if counted:
                result.runs.append(used)
            label = f"run {len(result.runs)}" if counted else "warm-up"
            say(
                f"{contender.name}: {label}: {used.cpu_seconds:.1f} CPU-s, "
                f"{used.wall_seconds:.1f} s, {used.peak_bytes / 1e6:,.0f} MB"
            )
        if turn in (0, rounds - 1):
            check()
    return results


def row_of(result: Result, reference: Result) -> dict[str, Any]:
    """One line of the comparison, JSON-ready; `cpu_ratio` below 1 means less CPU than the reference."""
    row: dict[str, Any] = {"name": result.name, "runs": len(result.runs)}
    for key in ("cpu_seconds", "wall_seconds", "peak_bytes"):
        low, high = result.spread(key)
        row[key] = {"median": result.median(key), "low": low, "high": high}
    row["cpu_ratio"] = result.median("cpu_seconds") / reference.median("cpu_seconds")
    row["wall_ratio"] = result.median("wall_seconds") / reference.median("wall_seconds")
    row["memory_ratio"] = result.median("peak_bytes") / reference.median("peak_bytes")
    return row


def render(rows: Sequence[Mapping[str, Any]], reference: str) -> str:
    """The rows as a Markdown table: medians, in brackets the least and the most."""
    lines = [
        f"| contender | CPU seconds | × {reference} | wall seconds | × | peak memory, MB | × |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cpu, wall, peak = row["cpu_seconds"], row["wall_seconds"], row["peak_bytes"]
        lines.append(
            f"| {row['name']} | {_seconds(cpu)} | {row['cpu_ratio']:.2f} "
            f"| {_seconds(wall)} | {row['wall_ratio']:.2f} "
            f"| {peak['median'] / 1e6:,.0f} | {row['memory_ratio']:.2f} |"
        )
    return "\n".join(lines)


def _seconds(found: Mapping[str, float]) -> str:
    return f"{found['median']:.2f} ({found['low']:.2f}–{found['high']:.2f})"
