"""Run the sides in turns and collect what each fit took."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Unequal
from benchmarks.harness import measure as measure_process
from benchmarks.plan import Plan
from benchmarks.value import data
from benchmarks.value.likelihood import compare_parameters

__all__ = ["measure"]

HERE = Path(__file__).parent
MODELS = ("BG/NBD", "MBG/NBD", "Gamma-Gamma")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SIZES, QUICK = (100_000, 1_000_000), 10_000
Say = Callable[[str], None]


@dataclass(slots=True)
class Side:
    """One contender: which script in which environment fits which models, and what its runs gave."""

    name: str
    script: str
    python: str
    models: Sequence[str]
    one_thread: bool = False
    runs: list[dict[str, Any]] = field(default_factory=list)

    def run(self, arrays: Path, small: Path, out: Path) -> None:
        env = {key: value for key, value in os.environ.items() if key not in ONE_THREAD}
        env |= ONE_THREAD if self.one_thread else {}
        if self.python != sys.executable:
            # The peers' environment must not see this checkout.
            env.pop("PYTHONPATH", None)
        script = str(HERE / self.script)
        used = measure_process(
            [self.python, script, str(arrays), str(small), str(out), *self.models], env=env
        )
        found: dict[str, Any] = json.loads(out.read_text(encoding="ascii"))
        self.runs.append({"fits": found, "process_cpu_seconds": used.cpu_seconds})


def measure(plan: Plan, say: Say) -> dict[str, Any]:
    """One entry per size and shape. Raises Unequal when parameters disagree or depend on BLAS threads."""
    folder = plan.work / "value"
    sizes = (QUICK,) if plan.quick else SIZES
    shapes = data.SHAPES[:1] if plan.quick else data.SHAPES
    entries = []
    for customers in sizes:
        for shape in shapes:
            say(f"Value models, {customers:,} customers, {shape}:")
            # The large size is there for its own target; the peer, slow there, is measured in one shape once.
            large = customers > SIZES[0]
            peers = plan.peers if not large or shape == data.SHAPES[0] else None
            sides = _sides(peers, contracts=shape == data.SHAPES[0], both=not large)
            entries.append(_one(folder, shape, customers, sides, plan.repeats, large, say))
    return {"peers": plan.peers is not None, "repeats": plan.repeats, "entries": entries}


def _sides(peers: Path | None, *, contracts: bool, both: bool) -> list[Side]:
    """Who takes part; `both`: the peer with one BLAS thread as well as with the default."""
    extra = ("contracts",) if contracts else ()
    ours = (*MODELS, "MBG/NBD, intervals", *extra)
    sides = [
        Side("ours", "ours.py", sys.executable, ours),
        Side("ours, one thread", "ours.py", sys.executable, ours, one_thread=True),
    ]
    if contracts:
        sides.append(Side("literal", "literal_peer.py", sys.executable, extra))
    if peers is not None:
        sides.append(Side("lifetimes", "lifetimes_peer.py", str(peers), MODELS))
    if peers is not None and both:
        sides.append(Side("lifetimes, one thread", "lifetimes_peer.py", str(peers), MODELS, one_thread=True))
    return sides


def _one(
    folder: Path, shape: str, customers: int, sides: Sequence[Side], repeats: int, large: bool, say: Say
) -> dict[str, Any]:
    arrays, small = data.file(folder, shape, customers), data.file(folder, shape, data.SMALL)
    agreed: dict[str, dict[str, float]] = {}
    for turn in range(repeats):
        for side in sides:
            if turn and large and not side.name.startswith("ours"):
                continue
            side.run(arrays, small, folder / "found.json")
            say(f"{side.name}: run {turn + 1}: " + _words(side.runs[-1]["fits"]))
        if turn == 0:
            agreed = _check(sides, arrays)
    return {
        "shape": shape,
        "customers": customers,
        "agreed": agreed,
        "sides": {side.name: _summary(side) for side in sides},
    }


def _check(sides: Sequence[Side], arrays: Path) -> dict[str, dict[str, float]]:
    """Equal parameters, before anything is said about time."""
    first = {side.name: side.runs[0]["fits"] for side in sides}
    ours = {model: fit["parameters"] for model, fit in first["ours"].items()}
    alone = {model: fit["parameters"] for model, fit in first["ours, one thread"].items()}
    if ours != alone:
        raise Unequal(f"our parameters depend on the number of BLAS threads: {ours}, {alone}")
    with np.load(arrays) as stored:
        columns = {name: stored[name] for name in stored.files}
    agreed = {}
    for name, fits in first.items():
        if name in ("literal", "lifetimes"):
            for model, fit in fits.items():
                agreed[model] = compare_parameters(model, ours[model], fit["parameters"], columns)
    return agreed


def _summary(side: Side) -> dict[str, Any]:
    """Median, least and most of each model's seconds; BG/NBD and Gamma-Gamma also added up run by run."""
    models: dict[str, Any] = {}
    for model in side.models:
        models[model] = _spread([run["fits"][model] for run in side.runs])
    if "Gamma-Gamma" in side.models:
        both = [[run["fits"][m] for m in ("BG/NBD", "Gamma-Gamma")] for run in side.runs]
        keys = ("cpu_seconds", "wall_seconds")
        models["BG/NBD and Gamma-Gamma"] = _spread(
            [{k: sum(p[k] for p in pair) for k in keys} for pair in both]
        )
    process = statistics.median(run["process_cpu_seconds"] for run in side.runs)
    return {"models": models, "process_cpu_seconds": process, "runs": len(side.runs)}


def _spread(fits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key in ("cpu_seconds", "wall_seconds"):
        values = [float(fit[key]) for fit in fits]
        row[key] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    if "parameters" in fits[0]:
        row["parameters"] = fits[0]["parameters"]
    return row


def _words(fits: Mapping[str, Any]) -> str:
    return ", ".join(f"{model} {fit['cpu_seconds']:.3f} CPU-s" for model, fit in fits.items())
