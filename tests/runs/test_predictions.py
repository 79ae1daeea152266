"""Jobs of predictions: the same result wherever their process died, nothing left when they are over."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.api.rest.conftest import AS_OF, leave_run

from retinue.runs.predictions import IdList, Workshop, as_csv, as_json
from retinue.store import Store
from retinue.store.erasing import end_jobs_under_way_in
from retinue.store.prediction_jobs import PredictionJob, cancel, claim, job_of, jobs_of, open_job

NOW = AS_OF + timedelta(hours=9)
KEEP = timedelta(hours=24)
EVERYBODY: dict[str, Any] = {"among": {}, "least": {}, "most": {}, "starts": ""}


class Yard:
    """A workspace with a run of 40 customers; its clock is set by hand."""

    def __init__(self, root: Path) -> None:
        self.root, self.now = root, NOW
        self.run = leave_run(root)
        self.store = Store(root / ".retinue" / "store.sqlite")

    def shop(self, who: str = "a") -> Workshop:
        return Workshop(self.store, self.root / ".retinue", lambda: self.now, keep=KEEP, who=who, part=7)

    def ask(self, name: str, ids: list[str] | None = None) -> PredictionJob:
        asked: dict[str, Any] = {"kind": "filter", "filter": EVERYBODY}
        total = 40
        if ids is not None:
            asked, total = {"kind": "ids"}, IdList(self.shop().files.ids(name)).write(ids)
        return open_job(self.store, name, owner="ada", run=self.run, asked=asked, total=total, clock=self.now)

    def job(self, name: str) -> PredictionJob:
        found = job_of(self.store, name)
        assert found is not None
        return found

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = pq.read_table(self.shop().files.result(name)).to_pylist()
        return found


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    made = Yard(tmp_path)
    yield made
    made.store.close()


ACTIVE = ["C12380", *(f"C{12345 + i}" for i in range(29))]
IDS = [ACTIVE[0], "nobody", "C00001", *ACTIVE]
KILLED = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from retinue.runs.predictions import Workshop
from retinue.store import Store

root, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
store = Store(root / ".retinue" / "store.sqlite")
Workshop(store, root / ".retinue", lambda: now, keep=timedelta(hours=24), who="b", part=7).work()
"""


@pytest.mark.parametrize(
    ("fault", "recorded"), [("predictions.part_written:3:kill", 14), ("predictions.joined:1:kill", 32)]
)
def test_killed_anywhere_a_job_goes_on_behind_what_is_on_record(
    yard: Yard, fault: str, recorded: int
) -> None:
    yard.ask("whole", IDS)
    assert yard.shop().work()
    yard.ask("broken", IDS)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(yard.root), NOW.isoformat()],
        env=os.environ | {"RETINUE_FAULT": fault},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert (yard.job("broken").state, yard.job("broken").done) == ("running", recorded)
    assert not yard.shop().work(), "its lease is not over"
    yard.now += timedelta(minutes=2)
    assert yard.shop().work()
    assert (yard.job("broken").state, yard.job("broken").done, yard.job("broken").missing) == ("done", 32, 2)
    assert yard.rows("broken") == yard.rows("whole")
    left = sorted(one.name for one in yard.shop().files.folder("broken").iterdir())
    assert left == ["result.parquet"]


def test_a_result_reads_the_same_in_every_form(yard: Yard) -> None:
    yard.ask("j", IDS)
    yard.shop().work()
    path = yard.shop().files.result("j")
    shown = json.loads(b"".join(as_json(path, yard.run, AS_OF)))
    assert [row["customer_id"] for row in shown["predictions"]] == ACTIVE
    assert shown["missing"] == [
        {"customer_id": "nobody", "why": "unknown"},
        {"customer_id": "C00001", "why": "gone"},
    ]
    lines = list(csv.DictReader(io.StringIO("".join(as_csv(path)))))
    assert [line["customer_id"] for line in lines] == list(dict.fromkeys(IDS))
    first = next(line for line in lines if line["customer_id"] == "C12345")
    assert (first["churn_probability"], first["incentive_type"], first["incentive_value"]) == (
        "0.78",
        "percentage_discount",
        "15.0",
    )


def test_everybody_of_a_filter_is_there_once(yard: Yard) -> None:
    yard.ask("all")
    yard.shop().work()
    assert [row["customer_id"] for row in yard.rows("all")] == [f"C{12345 + i}" for i in range(40)]
    job = yard.job("all")
    assert (job.total, job.done, job.missing, job.expires_at) == (
        40,
        40,
        0,
        (NOW + KEEP).replace(tzinfo=None),
    )


def test_a_service_that_ends_gives_its_job_back_and_the_next_goes_on(yard: Yard) -> None:
    yard.ask("j", IDS)
    shop = yard.shop()
    shop.halted.set()
    shop.work()
    assert (yard.job("j").state, yard.job("j").done) == ("queued", 7)
    assert yard.shop("c").work()
    assert len(yard.rows("j")) == 32


def test_who_comes_back_late_or_after_it_was_taken_back_says_nothing(yard: Yard) -> None:
    yard.ask("j", IDS)
    late = claim(yard.store, "late", lease=timedelta(seconds=1), clock=yard.now)
    assert late is not None
    yard.now += timedelta(seconds=2)
    yard.shop().work()
    shop = yard.shop("late")
    shop.work_on(late)
    assert yard.job("j").state == "done"
    assert len(yard.rows("j")) == 32
    cancel(yard.store, "j", who="ada", clock=yard.now)
    shop.work_on(late)
    assert not shop.files.folder("j").exists()
    assert yard.job("j").state == "cancelled"


def test_a_job_under_way_ends_when_somebody_is_taken_out_of_what_it_reads(yard: Yard) -> None:
    yard.ask("under_way")
    taken = claim(yard.store, "a", lease=timedelta(seconds=60), clock=yard.now)
    yard.ask("waits")
    assert taken is not None
    with yard.store.transaction() as session:
        end_jobs_under_way_in(session)
    yard.shop().work_on(taken)
    assert (yard.job("under_way").state, yard.job("waits").state) == ("failed", "queued")
    assert "ask again" in str(yard.job("under_way").error)
    assert not yard.shop().files.folder("under_way").exists()


def test_results_are_deleted_when_their_time_is_over_and_files_of_nobody_too(yard: Yard) -> None:
    yard.ask("j", IDS)
    shop = yard.shop()
    shop.work()
    shop.tidy()
    assert shop.files.result("j").is_file()
    nobody = shop.files.folder("nobody")
    nobody.mkdir()
    old = time.time() - 7_200
    for one in (nobody, shop.files.folder("j")):
        os.utime(one, (old, old))
    shop.tidy()
    assert not nobody.exists()
    assert shop.files.result("j").is_file()
    yard.now += KEEP
    shop.tidy()
    assert not shop.files.folder("j").exists()
    assert yard.job("j").state == "expired"


def test_customers_that_are_not_kept_any_more_fail_the_job_with_the_reason(yard: Yard) -> None:
    yard.ask("j", IDS)
    (yard.root / ".retinue" / "runs" / yard.run / "customers.sqlite").unlink()
    assert yard.shop().work()
    job = yard.job("j")
    assert job.state == "failed"
    assert "not kept any more" in (job.error or "")
    assert not yard.shop().files.folder("j").exists()


def test_jobs_are_done_in_the_order_they_came_each_once(yard: Yard) -> None:
    for n in range(3):
        yard.ask(f"j{n}", ["C12345"])
        yard.now += timedelta(seconds=1)
    taken = [claim(yard.store, "a", lease=KEEP, clock=yard.now) for _ in range(4)]
    assert [None if one is None else one.job_id for one in taken] == ["j0", "j1", "j2", None]
    assert [one.job_id for one in jobs_of(yard.store, "ada", limit=2)] == ["j2", "j1"]
