"""Flows beside workers: the same slots, each done once. Needs Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from retinue.errors import DataError
from retinue.runs.schedule import Done, Job, Runner, Worker
from retinue.settings import ScheduleSettings
from retinue.store import Store
from retinue.store.job_runs import job_runs, known_since

pytest.importorskip("prefect", reason="prefect: not installed (pip install 'retinue[prefect]')")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "retinue.toml").write_text("[schedule.expire]\ncron = '* * * * *'\n")
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store(home / ".retinue" / "store.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_a_flow_takes_the_slot_that_is_due_and_leaves_a_done_one_alone(
    home: Path, store: Store, server: None
) -> None:
    from retinue.flows.deployments import do_job

    assert do_job(str(home), "expire")["state"] == "nothing due"
    known_since(store, "expire", "0 * * * *", "UTC", clock=datetime.now(UTC))
    (home / "retinue.toml").write_text("")  # another plan, so that its beginning can be set back
    known_since(store, "expire", "15 * * * *", "UTC", clock=datetime.now(UTC) - timedelta(minutes=61))
    assert do_job(str(home), "expire")["state"] == "done"
    assert do_job(str(home), "expire")["state"] == "nothing due"
    assert [run.state for run in job_runs(store) if run.state != "skipped"] == ["done"]


def test_a_job_that_fails_makes_its_flow_fail(home: Path, store: Store, server: None) -> None:
    from prefect.exceptions import FailedRun

    from retinue.flows.deployments import do_job

    (home / "retinue.toml").write_text("[schedule]\nmost_tries = 1\n")
    known_since(store, "run", "0 5 * * *", "UTC", clock=datetime.now(UTC) - timedelta(hours=25))
    with pytest.raises(FailedRun, match="RTN-0220"):
        do_job(str(home), "run")


def test_a_flow_waits_between_tries(store: Store) -> None:
    from retinue.flows.deployments import finished

    now = datetime(2026, 2, 14, 5, tzinfo=UTC)
    waits: list[float] = []
    tried = 0

    def work(_: Any, slot: datetime) -> Done:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise DataError("Not yet.")
        return Done()

    def wait(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += timedelta(seconds=seconds)

    runner = Runner(store, lambda clock: nullcontext(Any), ScheduleSettings(), "flow", lambda: now)
    worker = Worker(runner, [Job("run", work, "")], {"run": ("0 5 * * *", "UTC")})
    known_since(store, "run", "0 5 * * *", "UTC", clock=now - timedelta(hours=1))
    ran = finished(worker, wait)
    assert ran is not None
    assert (ran.state, tried, waits) == ("done", 3, [60.0, 120.0])
    assert finished(worker, wait) is None


def test_the_deployments_have_cron_and_zone_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retinue.flows import deployments

    (home / "retinue.toml").write_text(
        "[schedule]\ntimezone = 'Europe/Berlin'\n[schedule.drift]\nenabled = false\n"
    )
    served: list[Any] = []
    monkeypatch.setattr(deployments, "serve_deployments", lambda *given: served.extend(given))
    deployments.serve(home, ["run", "drift", "expire"])
    assert {
        one.name: (one.schedules[0].schedule.cron, one.schedules[0].schedule.timezone) for one in served
    } == {
        "expire": ("15 * * * *", "Europe/Berlin"),
        "run": ("0 5 * * *", "Europe/Berlin"),
    }
    assert served[0].parameters["workspace"] == str(home.resolve())
