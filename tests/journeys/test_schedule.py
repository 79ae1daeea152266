"""A scheduled run that dies half-way, the worker that takes it over, and the phases it goes through."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import Run

from retinue.store import Store
from retinue.store.job_runs import job_runs, known_since

TOML = """
[schedule]
lease_seconds = 1
[rollout]
phase = "pilot"
pilot_customers = 150
expand_customers = 200
"""


@pytest.fixture
def home(tmp_path: Path, retinue_command: Run) -> Path:
    today = datetime.now(UTC)
    done = retinue_command(
        *("simulate", "--customers", "400", "--years", "1.5", "--seed", "3"),
        *("--end", f"{today:%Y-%m-%d}", "--out", "data"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    done = retinue_command("load", "--data", "data", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def due(home: Path) -> None:
    """As if the workspace had been there since yesterday."""
    store = Store(home / ".retinue" / "store.sqlite")
    known_since(store, "run", "0 5 * * *", "UTC", clock=datetime.now(UTC) - timedelta(hours=25))
    store.close()


def campaign(home: Path) -> dict[str, Any]:
    (file,) = (home / ".retinue" / "runs").glob("*/campaign.json")
    return json.loads(file.read_text())  # type: ignore[no-any-return]


@pytest.mark.slow
def test_a_killed_run_is_taken_over_and_its_pilot_is_reviewed_by_people(
    home: Path, retinue_command: Run
) -> None:
    (home / "retinue.toml").write_text(TOML)
    due(home)
    killed = retinue_command(
        *("worker", "--once", "--jobs", "run", "--json"), cwd=home, fault="run.campaign_written:1:kill"
    )
    assert killed.returncode == -9
    half = campaign(home)

    done = retinue_command("worker", "--once", "--jobs", "run", "--json", cwd=home)
    ran: list[Any] = json.loads(done.stdout)
    while not ran:  # until the lease of the dead one is over
        done = retinue_command("worker", "--once", "--jobs", "run", "--json", cwd=home)
        ran = json.loads(done.stdout)
    assert [one["state"] for one in ran] == ["done"], done.stderr
    assert "job done" in done.stderr
    assert campaign(home) == half
    assert ran[0]["result"]["rollout"]["customers"] == 150
    assert {action["action_type"] for action in half["actions"]} <= {"manual_review", "monitor", "no_action"}
    assert any(action["rule"] == "pilot_review" for action in half["actions"])
    store = Store(home / ".retinue" / "store.sqlite")
    (row,) = [run for run in job_runs(store) if run.state != "skipped"]
    store.close()
    assert (row.state, row.tries) == ("done", 2)

    again = retinue_command("jobs", "run", "run", cwd=home)
    assert again.returncode == 0, again.stderr
    taught = [
        json.loads(file.read_text())["learned"] for file in (home / ".retinue" / "runs").glob("*/run.json")
    ]
    assert len({learned["observations"] for learned in taught}) == 1, "the pilot goes by what it began with"
    assert len(taught) == 2

    one = next(action["decision_id"] for action in half["actions"] if action["rule"] == "pilot_review")
    assert "the same to the last bit" in retinue_command("replay", one, cwd=home).stdout
    advanced = retinue_command("rollout", "advance", "--override", "--reason", "a test", cwd=home)
    assert advanced.returncode == 0, advanced.stderr
    status = json.loads(retinue_command("rollout", "status", "--json", cwd=home).stdout)
    assert (status["phase"], status["next"]) == ("expand", "full")
    assert [step["kind"] for step in status["history"]] == ["advance", "begin"]
    with sqlite3.connect(home / ".retinue" / "store.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM rollout_sizes").fetchone() == (1,)
    raw.close()
