"""Real workers in processes of their own: raced, killed, stopped in mid-job, told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retinue.store import Store
from retinue.store.job_runs import JobRun, job_runs

SCRIPT = """
import os, sys, time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from retinue.runs.schedule import Done, Job, Runner, Worker
from retinue.settings import ScheduleSettings
from retinue.store import Store

home, what, name, seconds, lease = Path(sys.argv[1]), sys.argv[2], sys.argv[3], *map(float, sys.argv[4:6])
START = datetime(2026, 2, 14, 5, tzinfo=UTC)

def note(text):
    with open(home / "notes", "a") as file:
        file.write(f"{text} {name}\\n")

def work(opened, slot):
    note(f"begun {slot:%H:%M}")
    for _ in range(int(seconds * 20)):
        time.sleep(0.05)
    note(f"done {slot:%H:%M}")
    return Done({"by": name})

clock = [lambda: datetime.now(UTC)]
settings = ScheduleSettings(lease_seconds=lease, most_tries=3)
store = Store(home / "store.sqlite")
runner = Runner(store, lambda now: nullcontext(None), settings, name, lambda: clock[0]())
worker = Worker(runner, [Job("run", work, "")], {"run": ("* * * * *", "UTC")})
worker.poll_seconds = 0.05
if what == "race":
    now = START
    clock[0] = lambda: now
    worker.once()
    (home / f"ready {name}").touch()
    while not (home / "go").exists():
        time.sleep(0.001)
    other = home / f"at {'b' if name == 'a' else 'a'}"
    for minute in range(1, 201):
        # No clock runs away from the other for as long as a lease.
        while minute > 30 and (not other.exists() or other.stat().st_size < minute - 30):
            time.sleep(0.001)
        now = START + timedelta(minutes=minute)
        worker.once()
        with open(home / f"at {name}", "a") as file:
            file.write(".")
else:
    with worker.signals():
        worker.forever()
    note("ended")
"""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[subprocess.Popen[bytes]] = []

    def run(what: str, name: str, *, seconds: float = 0, lease: float = 60) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), what, name, str(seconds), str(lease)]
        with (tmp_path / f"log {name}").open("wb") as log:
            process = subprocess.Popen(command, stderr=log)
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def notes(home: Path) -> list[list[str]]:
    file = home / "notes"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def planned_long_ago(store: Store) -> None:
    """Since an hour, so that a slot is due at once."""
    from datetime import UTC, datetime, timedelta

    from retinue.store.job_runs import known_since

    known_since(store, "run", "* * * * *", "UTC", clock=datetime.now(UTC) - timedelta(hours=1))


def newest_begun(store: Store) -> JobRun:
    return next(run for run in job_runs(store, limit=200) if run.state != "skipped")


def test_two_processes_race_for_200_slots_and_none_is_done_twice(
    tmp_path: Path, store: Store, start: Start
) -> None:
    both = [start("race", name, lease=3600) for name in ("a", "b")]
    until(lambda: all((tmp_path / f"ready {name}").exists() for name in ("a", "b")))
    (tmp_path / "go").touch()
    for process in both:
        assert process.wait(timeout=60) == 0, [file.read_text() for file in tmp_path.glob("log *")]
    begun = Counter(line[1] for line in notes(tmp_path) if line[0] == "begun")
    states = Counter(run.state for run in job_runs(store, limit=1_000))
    assert set(begun.values()) == {1}
    assert {line[-1] for line in notes(tmp_path)} == {"a", "b"}, "both took part"
    assert set(states) <= {"done", "skipped"}
    assert states["done"] == len(begun)
    assert states.total() >= 199, "the last one may have fallen to a worker that was busy"


def test_the_slot_of_a_killed_worker_is_taken_over(tmp_path: Path, store: Store, start: Start) -> None:
    planned_long_ago(store)
    first = start("work", "a", seconds=60, lease=1)
    until(lambda: bool(notes(tmp_path)))
    os.kill(first.pid, signal.SIGKILL)
    start("work", "b", lease=1)
    until(lambda: any(line[0] == "done" for line in notes(tmp_path)))
    until(lambda: newest_begun(store).state == "done")
    taken = next(run for run in job_runs(store, limit=200) if run.state == "done")
    assert taken.result == {"by": "b"}
    assert ["done", "a"] not in [[line[0], line[-1]] for line in notes(tmp_path)]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="SIGSTOP: not on this system")
def test_a_worker_that_was_stopped_comes_back_late_and_is_fenced(
    tmp_path: Path, store: Store, start: Start
) -> None:
    planned_long_ago(store)
    first = start("work", "a", seconds=8, lease=1)
    until(lambda: bool(notes(tmp_path)))
    slot = notes(tmp_path)[0][1]
    os.kill(first.pid, signal.SIGSTOP)
    second = start("work", "b", lease=1)
    until(lambda: any(line[0] == "done" for line in notes(tmp_path)))
    second.terminate()
    second.wait(timeout=10)
    os.kill(first.pid, signal.SIGCONT)
    time.sleep(1.5)
    first.terminate()
    assert first.wait(timeout=10) == 0
    assert "job lost to another worker" in (tmp_path / "log a").read_text()
    assert ["done", slot, "a"] not in notes(tmp_path), "it was interrupted where it stood"
    done = [run for run in job_runs(store, limit=200) if run.state == "done"]
    assert {(run.result or {})["by"] for run in done} == {"b"}


def test_told_to_end_a_worker_gives_its_slot_back_at_once(tmp_path: Path, store: Store, start: Start) -> None:
    planned_long_ago(store)
    first = start("work", "a", seconds=60, lease=3600)
    until(lambda: bool(notes(tmp_path)))
    first.terminate()
    assert first.wait(timeout=5) == 0
    assert notes(tmp_path)[-1] == ["ended", "a"]
    row = newest_begun(store)
    assert (row.state, row.tries) == ("waiting", 0)
    start("work", "b", lease=3600)
    until(lambda: any(run.state == "done" for run in job_runs(store, limit=200)), seconds=10)
