"""Killed at any named point and started again, a run ends in the same campaign; nothing is there twice."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

import retinue

NOW = "2026-01-01T06:00:00Z"
STAGES = ("profiles", "training", "train", "assess", "decide")


def fault_points() -> list[str]:
    """Every point declared in the sources, so that a new one cannot be forgotten here."""
    found: set[str] = set()
    for path in Path(retinue.__file__).parent.rglob("*.py"):
        for name in re.findall(r"""faults\.point\(f?["']([^"']+)["']\)""", path.read_text()):
            found |= {name.format(stage=stage) for stage in STAGES} if "{stage}" in name else {name}
    return sorted(found)


def test_the_points_are_found() -> None:
    assert {"stage.train.built", "run.campaign_written"} <= set(fault_points())


@pytest.mark.parametrize("point", fault_points())
def test_killed_at(
    point: str, tmp_path: Path, retinue_command, business: Path, undisturbed: tuple[Path, dict[str, Any]]
) -> None:
    arguments = ("run", "--data", business, "--as-of", "2026-01-01", "--now", NOW, "--out", "campaign.json")
    killed = retinue_command(*arguments, cwd=tmp_path, fault=f"{point}:1:kill")
    assert killed.returncode == -signal.SIGKILL, f"{point} was never reached: {killed.stderr}"
    again = retinue_command(*arguments, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "campaign.json").read_bytes() == (undisturbed[0] / "campaign.json").read_bytes()
    runs = json.loads(retinue_command("runs", "--json", cwd=tmp_path).stdout)
    assert len(runs) == 1
    counts = json.loads(retinue_command("doctor", "--json", cwd=tmp_path).stdout)
    whole = json.loads(retinue_command("doctor", "--json", cwd=undisturbed[0]).stdout)
    held = {c["name"]: c["detail"] for c in counts}
    assert held["warehouse"] == {c["name"]: c["detail"] for c in whole}["warehouse"]
