"""What a reader must know of the machine to judge a measurement; no names, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["busy", "facts", "said_of_load", "versions"]

ELSEWHERE = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""


def facts() -> dict[str, str]:
    """Cores, memory, processor, system and Python, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(cores),
        "memory": f"{memory:.0f} GiB",
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
    }


def versions(packages: Sequence[str], *, python: Path | None = None) -> dict[str, str]:
    """Installed versions of packages, here or in the environment of another Python; others are left out."""
    if python is not None:
        command = [str(python), "-I", "-c", ELSEWHERE, *packages]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return dict(line.split() for line in told.splitlines())
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def said_of_load(before: float) -> list[str]:
    """Lines of a page on how busy the machine was, `before` what was measured and now."""
    return [
        f"Machine: {facts()['cores']} cores. Processes that wanted a core, per core: {before:.1f} before, "
        f"{busy():.1f} after;",
        "above 1, others were at work too, and times mean little.",
    ]


def busy() -> float | None:
    """Processes that wanted a core during the last minute, per core; above 1, wall times mean little."""
    if not hasattr(os, "getloadavg"):
        return None
    return os.getloadavg()[0] / float(facts()["cores"])


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
