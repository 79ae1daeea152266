"""The body of a measured process: one side builds the features of some dates.

    python -m benchmarks.features.side SIDE FOLDER --dates 12 [--threads 2] [--memory 3GB]

FOLDER holds the warehouse as `w.duckdb` and the exported tables under `export/`; the result goes to
`result-SIDE-DATES/`. It runs in Retinue's environment or in that of the peers.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.features.core import month_ends

__all__ = ["command", "environment", "result_of"]

ROOT = Path(__file__).parents[2]


def result_of(folder: Path, side: str, dates: int) -> Path:
    """The folder a side writes into."""
    return folder / f"result-{side}-{dates}"


def command(
    side: str,
    folder: Path,
    dates: int,
    *,
    threads: int,
    memory: str | None = None,
    python: Path | None = None,
) -> list[str]:
    """The command that runs a side in a process of its own."""
    words = [str(python or sys.executable), "-m", "benchmarks.features.side", side, str(folder)]
    words += ["--dates", str(dates), "--threads", str(threads)]
    return words + (["--memory", memory] if memory else [])


def environment() -> Mapping[str, str]:
    """The environment of that command: the benchmarks can be imported wherever Python is."""
    path = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dates", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--memory")
    chosen = parser.parse_args()
    module = importlib.import_module(f"benchmarks.features.{chosen.side.removesuffix('_whole')}")
    extra: dict[str, Any] = {"whole": True} if chosen.side.endswith("_whole") else {}
    if chosen.memory:
        extra["memory"] = chosen.memory
    out = result_of(chosen.folder, chosen.side, chosen.dates)
    out.mkdir(exist_ok=True)
    module.run(chosen.folder, month_ends(chosen.dates), out, threads=chosen.threads, **extra)


if __name__ == "__main__":
    main()
