"""The points at which a test can break the process."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

from retinue import faults
from retinue.errors import UsageError

SOURCE = Path(faults.__file__).parent


def test_a_point_does_nothing_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETINUE_FAULT", raising=False)
    faults.point("anything")
    monkeypatch.setenv("RETINUE_FAULT", "other:1:raise")
    faults.point("anything")


def test_the_nth_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETINUE_FAULT", "test.nth:3:raise")
    faults.point("test.nth")
    faults.point("test.nth")
    with pytest.raises(RuntimeError, match=r"test\.nth"):
        faults.point("test.nth")
    faults.point("test.nth")


def test_a_full_disk_looks_like_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETINUE_FAULT", "test.full:1:enospc")
    with pytest.raises(OSError) as caught:
        faults.point("test.full")
    assert caught.value.errno == errno.ENOSPC


def test_kill_ends_the_process_at_once() -> None:
    program = (
        "import os; os.environ['RETINUE_FAULT'] = 'test.kill:1:kill'\n"
        "from retinue.faults import point\npoint('test.kill'); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-9, "")


@pytest.mark.parametrize("plan", ["x", "x:1", "x:one:kill", "x:1:explode", "x:1:kill:more", "x:-1:kill"])
def test_a_plan_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, plan: str) -> None:
    monkeypatch.setenv("RETINUE_FAULT", plan)
    with pytest.raises(UsageError, match="not a fault"):
        faults.point("x")


def test_no_name_is_used_for_two_points() -> None:
    calls = re.compile(r'faults\.point\(\s*f?"([^"]+)"')
    names = [
        name for path in SOURCE.rglob("*.py") for name in calls.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(names) >= 5
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_.{}]+", name) for name in names)
