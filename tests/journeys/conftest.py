"""One small simulated business and its undisturbed run, shared by the journeys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.once import made_once

AS_OF = "2026-01-01"
NOW = "2026-01-01T06:00:00Z"

SETTINGS = {
    "RETINUE_DECISIONS__ACT_ABOVE": "0.15",
    "RETINUE_DECISIONS__MONITOR_UP_TO": "0.25",
    "RETINUE_INCENTIVES__CAUTION": "0",
}
"""Bolder than the defaults, so that a small business has customers on every route."""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def retinue_command() -> Run:
    """Type a command as a user would: in a process of its own."""

    def run(
        *arguments: str | Path, cwd: Path, fault: str = "", partials: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
        environment |= SETTINGS
        # Kept between days as a rule here, since no result may depend on it.
        environment |= {"RETINUE_WAREHOUSE__PARTIALS": str(partials).lower()}
        if fault:
            environment["RETINUE_FAULT"] = fault
        return subprocess.run(
            [sys.executable, "-m", "retinue", *map(str, arguments)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def business(tmp_path_factory: pytest.TempPathFactory, retinue_command: Run) -> Path:
    """The raw tables of a simulated business with some dirt in them. To read."""

    def make(folder: Path) -> None:
        size = ("--customers", "1500", "--years", "2", "--seed", "3")
        done = retinue_command("simulate", *size, "--out", folder / "data", cwd=folder)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "business", make) / "data"


@pytest.fixture(scope="session")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, retinue_command: Run, business: Path
) -> tuple[Path, dict[str, Any]]:
    """A workspace in which the run went through, and its campaign."""

    def make(folder: Path) -> None:
        asked = ("--data", business, "--as-of", AS_OF, "--now", NOW, "--out", "campaign.json")
        done = retinue_command("run", *asked, cwd=folder)
        assert done.returncode == 0, done.stderr

    made = made_once(tmp_path_factory, "undisturbed", make)
    # A warehouse is open in one process only, so each has its own.
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("own") / "undisturbed"))
    return folder, json.loads((folder / "campaign.json").read_text())
