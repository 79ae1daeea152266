"""What every side does: read, warm up, time each fit alone, write. NumPy only; runs in any environment.

python SIDE.py DATA.npz SMALL.npz OUT.json MODEL …
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

__all__ = ["Fit", "run"]

Fit = Callable[[Mapping[str, np.ndarray]], Mapping[str, float]]


def run(fits: Mapping[str, Fit]) -> None:
    """Time the named fits; writes for each its parameters, CPU seconds and wall seconds."""
    data, small, out, *chosen = sys.argv[1:]
    arrays, few = _read(data), _read(small)
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in chosen:
            fits[model](few)
            cpu, wall = time.process_time(), time.perf_counter()
            parameters = fits[model](arrays)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            found[model] = {
                "parameters": {name: float(value) for name, value in parameters.items()},
                "cpu_seconds": cpu,
                "wall_seconds": wall,
            }
    Path(out).write_text(json.dumps(found), encoding="ascii")


def _read(path: str) -> dict[str, np.ndarray]:
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    # What is selected for a model is selected before the clock runs, on every side.
    repeat = arrays["x"] > 0
    return {**arrays, "repeat_x": arrays["x"][repeat], "repeat_m": arrays["m"][repeat]}
