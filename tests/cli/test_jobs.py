"""`retinue worker`, `retinue jobs` and `retinue rollout` as one types them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.store import Store
from retinue.store.job_runs import job_runs, known_since

RUNNER = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "retinue.toml").write_text('[schedule]\ntimezone = "Asia/Tokyo"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETINUE_LOG", "warning")
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store(home / ".retinue" / "store.sqlite")
    yield opened
    opened.close()


def typed(*arguments: str) -> Result:
    return RUNNER.invoke(build_app(), list(arguments))


def since_yesterday(store: Store, *jobs: str) -> None:
    for job in jobs:
        cron = {"expire": "15 * * * *", "run": "0 5 * * *"}[job]
        known_since(store, job, cron, "Asia/Tokyo", clock=datetime.now(UTC) - timedelta(hours=25))


def test_jobs_are_listed_with_when_they_are_due(home: Path) -> None:
    done = typed("jobs")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == [
        "expire",
        "reviews",
        "deliveries",
        "run",
        "outcomes",
        "drift",
        "rollout",
        "retrain",
        "privacy",
        "retention",
        "alerts",
    ]
    run = json.loads(typed("jobs", "--json").stdout)[3]
    assert run["next"].endswith("T20:00:00Z"), "five in the morning in Tokyo"


def test_by_hand_a_slot_is_done_once(home: Path, store: Store) -> None:
    first = typed("jobs", "run", "expire", "--slot", "2026-02-14T06:00:00Z", "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["result"] == {"freed": 0, "forgotten": 0}
    again = typed("jobs", "run", "expire", "--slot", "2026-02-14T06:00:00Z")
    assert again.exit_code == 2
    assert "not to be had" in again.stderr
    listed = json.loads(typed("jobs", "runs", "expire", "--json").stdout)
    assert [(row["slot"], row["state"], row["asked_by"]) for row in listed] == [
        ("2026-02-14T06:00:00Z", "done", "hand")
    ]


def test_a_failed_job_says_what_to_do(home: Path) -> None:
    done = typed("jobs", "run", "run")
    assert done.exit_code == 1
    assert "RTN-0220" in done.stderr
    assert "Give --data FOLDER, or describe your files" in done.stderr
    assert "- run: RTN-0220" in typed("jobs").stdout


def test_a_warehouse_that_another_process_holds_is_named(home: Path) -> None:
    hold = (
        "import sys; from retinue import Retinue; r = Retinue('.'); r.warehouse; print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        done = typed("jobs", "run", "outcomes")
        other.communicate()
    assert done.exit_code == 1
    assert "RTN-0230" in done.stderr
    assert "Another process holds it" in done.stderr


def test_a_worker_waits_for_that_and_uses_up_no_try(home: Path, store: Store) -> None:
    known_since(store, "outcomes", "0 6 * * *", "Asia/Tokyo", clock=datetime.now(UTC) - timedelta(hours=25))
    hold = (
        "import sys; from retinue import Retinue; r = Retinue('.'); r.warehouse; print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        done = typed("worker", "--once", "--jobs", "outcomes", "--json")
        other.communicate()
    assert done.exit_code == 0
    (ran,) = json.loads(done.stdout)
    assert ran["state"] == "waiting"
    row = next(run for run in job_runs(store, "outcomes") if run.state != "skipped")
    assert (row.state, row.tries) == ("waiting", 0)


def test_once_does_what_is_due_and_ends(home: Path, store: Store) -> None:
    assert "Nothing is due." in typed("worker", "--once").stdout
    store.close()
    (home / ".retinue" / "store.sqlite").unlink()
    other = Store(home / ".retinue" / "store.sqlite")
    since_yesterday(other, "expire", "run")
    other.close()
    done = typed("worker", "--once", "--jobs", "expire, run", "--json")
    assert {ran["job"]: ran["state"] for ran in json.loads(done.stdout)} == {
        "expire": "done",
        "run": "waiting",
    }
    assert done.exit_code == 0
    assert "job failed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["worker", "--once", "--jobs", "runs"], "There is no job 'runs'"),
        (["jobs", "run", "runs"], "There is no job 'runs'"),
        (["jobs", "run", "run", "--slot", "soon"], "--slot"),
        (["rollout", "advance"], "There is no roll-out."),
        (["rollout", "back", "--reason", "x"], "There is no roll-out."),
    ],
)
def test_wrong_usage(home: Path, arguments: list[str], words: str) -> None:
    done = typed(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_where_there_is_no_workspace_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["jobs"], ["worker", "--once"], ["jobs", "run", "expire"]):
        done = typed(*arguments)
        assert done.exit_code == 2
        assert "There is no workspace here" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[schedule.run]\ncron = "0 25 * * *"\n', "maximum value (23)"),
        ('[schedule.run]\ncron = "0 5 31 2 *"\n', "never comes"),
        ('[schedule]\ntimezone = "Mars/Olympus"\n', "no time zone 'Mars/Olympus'"),
        ('[schedule.runs]\ncron = "0 5 * * *"\n', "schedule.run"),
        ('[rollout]\nphase = "beta"\n', "rollout.phase"),
    ],
)
def test_a_bad_schedule_is_told_with_its_line(home: Path, text: str, words: str) -> None:
    (home / "retinue.toml").write_text(text)
    done = typed("jobs")
    assert done.exit_code == 2
    assert "retinue.toml:" in done.stderr
    assert words in done.stderr


def test_a_phase_is_shown_and_moved(home: Path) -> None:
    assert "No roll-out: everybody is in." in typed("rollout", "status").stdout
    (home / "retinue.toml").write_text('[rollout]\nphase = "pilot"\n')
    shown = typed("rollout", "status")
    assert "Phase pilot has not begun; its first run fixes who is in." in shown.stdout
    assert "The gate to expand is shut:" in shown.stdout
    assert "not met  days: 0 days have passed; 28 are asked for." in shown.stdout
    done = typed("rollout", "advance", "--override", "--reason", "hurry")
    assert done.exit_code == 2
    assert "has not begun: no run was made in it." in done.stderr


@pytest.mark.skipif(find_spec("prefect") is not None, reason="prefect: is installed, so nothing is missing")
def test_without_prefect_flows_say_how_to_get_it(home: Path) -> None:
    done = typed("flows", "serve")
    assert done.exit_code == 1
    assert "pip install 'retinue[prefect]'" in done.stderr
