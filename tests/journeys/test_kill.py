"""Killed at any named point and started again, a run ends in the same campaign; nothing is there twice."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import retinue

STAGES = ("profiles", "training", "train", "assess", "learn", "decide")
RUN = ("--as-of", "2026-01-01", "--now", "2026-01-01T06:00:00Z", "--out", "campaign.json")


OF_DELIVERY = ("audit.", "campaign.", "cancel.", "collect.", "delivery.", "job.", "review.")
"""Points that a run without delivery does not reach; the tests of `tests/delivery` kill there."""
ELSEWHERE = (*OF_DELIVERY, "events.", "predictions.", "privacy.", "vault.", "warehouse.")
"""Those and points of other parts, whose own tests kill there."""


def fault_points() -> list[str]:
    """Every point of a run declared in the sources, so that a new one cannot be forgotten here."""
    return [name for name in every_point() if not name.startswith(ELSEWHERE)]


def every_point() -> list[str]:
    """Every point declared in the sources."""
    found: set[str] = set()
    for path in Path(retinue.__file__).parent.rglob("*.py"):
        for name in re.findall(r"""faults\.point\(f?["']([^"']+)["']\)""", path.read_text()):
            found |= {name.format(stage=stage) for stage in STAGES} if "{stage}" in name else {name}
    return sorted(found)


class Expected(NamedTuple):
    """What an undisturbed run leaves behind."""

    data: Path
    campaign: bytes
    warehouse: str


def _warehouse(retinue_command: Any, folder: Path) -> str:
    checks = json.loads(retinue_command("doctor", "--json", cwd=folder).stdout)
    return next(str(check["detail"]) for check in checks if check["name"] == "warehouse")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, retinue_command: Any) -> Expected:
    folder = tmp_path_factory.mktemp("small")
    size = ("--customers", "400", "--years", "1.5", "--seed", "3")
    assert retinue_command("simulate", *size, "--out", folder / "data", cwd=folder).returncode == 0
    done = retinue_command("run", "--data", folder / "data", *RUN, cwd=folder)
    assert done.returncode == 0, done.stderr
    campaign = (folder / "campaign.json").read_bytes()
    assert json.loads(campaign)["actions"], "an empty campaign would prove nothing"
    return Expected(folder / "data", campaign, _warehouse(retinue_command, folder))


def test_the_points_are_found() -> None:
    assert {"stage.train.built", "run.campaign_written"} <= set(fault_points())


def in_order(points: list[str]) -> list[str]:
    """The points in the order in which a run reaches them."""
    stages = [f"stage.{stage}.{moment}" for stage in STAGES for moment in ("built", "kept")]
    order = [
        "ingest.rows_appended",
        "ingest.file_loaded",
        "run.loaded",
        "features.daily_changed",
        *stages,
        "run.opened",
        "run.campaign_written",
        "run.facts_written",
        "run.recorded",
        "run.finished",
    ]
    assert sorted(order) == points, "a new point needs its place here"
    return order


def check_unharmed(retinue_command: Any, folder: Path, expected: Expected) -> None:
    """One more run, undisturbed: the same campaign, one run, the same rows."""
    again = retinue_command("run", "--data", expected.data, *RUN, cwd=folder)
    assert again.returncode == 0, again.stderr
    assert (folder / "campaign.json").read_bytes() == expected.campaign
    assert len(json.loads(retinue_command("runs", "--json", cwd=folder).stdout)) == 1
    assert _warehouse(retinue_command, folder) == expected.warehouse


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 4])
def test_killed_at_one_point_after_the_other(
    step: int, tmp_path: Path, retinue_command: Any, expected: Expected
) -> None:
    """At every point, or at each fourth and the last."""
    points = in_order(fault_points())
    for point in dict.fromkeys([*points[::step], points[-1]]):
        killed = retinue_command("run", "--data", expected.data, *RUN, cwd=tmp_path, fault=f"{point}:1:kill")
        assert killed.returncode == -signal.SIGKILL, f"{point} was not reached: {killed.stderr}"
    check_unharmed(retinue_command, tmp_path, expected)


@pytest.mark.slow
@pytest.mark.parametrize("point", fault_points())
def test_killed_once_at(point: str, tmp_path: Path, retinue_command: Any, expected: Expected) -> None:
    arguments = ("run", "--data", expected.data, *RUN)
    killed = retinue_command(*arguments, cwd=tmp_path, fault=f"{point}:1:kill")
    assert killed.returncode == -signal.SIGKILL, f"{point} was never reached: {killed.stderr}"
    check_unharmed(retinue_command, tmp_path, expected)
