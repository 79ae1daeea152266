"""What several test processes need is made by one of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["made_once"]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process to need it fills, while the others wait. To read, or to copy."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        folder = factory.mktemp(name)
        make(folder)
        return folder
    folder = factory.getbasetemp().parent / f"{name}-{run}"
    made, failed = folder / ".made", folder / ".failed"
    try:
        folder.mkdir()
    except FileExistsError:
        while not made.exists():
            assert not failed.exists(), f"another process could not make {name}"
            time.sleep(0.2)
        return folder
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    made.touch()
    return folder
