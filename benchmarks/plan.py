"""What every measurement is told: where to work, how often to measure, and where the peers are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure.

    work: folder for data; kept between measurements.
    repeats: measured runs of each contender, in turns.
    quick: small data, few runs: does it work at all?
    peers: Python of the environment that holds the peers (`benchmarks/requirements.txt`); None: only ours.
    customers: size of the simulated business where an area does not state its own.
    full: the sizes of the targets, although they take hours.
    """

    work: Path
    repeats: int = 3
    quick: bool = False
    peers: Path | None = None
    customers: int = 20_000
    full: bool = False
