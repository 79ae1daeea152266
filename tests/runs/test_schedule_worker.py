"""The worker over a simulated year and more, with a clock that tests turn: nothing sleeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from retinue.errors import DataError, UsageError, WarehouseBusy
from retinue.runs.base import Opened
from retinue.runs.schedule import Done, Job, Runner, Worker, chosen
from retinue.runs.schedule.base import Interrupted
from retinue.runs.schedule.listing import job_rows
from retinue.runs.schedule.slots import slots_between
from retinue.settings import ScheduleSettings
from retinue.store import Store
from retinue.store.job_runs import job_runs

START = datetime(2027, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Work = Callable[[Opened, datetime], Done]


class Hands:
    """A clock to turn, and workers on one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = START
        self.opened = 0

    def worker(self, work: dict[str, Work], plans: dict[str, tuple[str, str]], **settings: Any) -> Worker:
        def open_(clock: datetime) -> Any:
            assert clock == self.now
            self.opened += 1
            return nullcontext(cast(Opened, None))

        runner = Runner(self.store, open_, ScheduleSettings(**settings), "w", lambda: self.now)
        jobs = [Job(name, does, "") for name, does in work.items()]
        return Worker(runner, jobs, plans)


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    store = Store(tmp_path / "store.sqlite")
    yield Hands(store)
    store.close()


@pytest.mark.slow
def test_400_days_in_four_zones_with_two_workers(hands: Hands) -> None:
    plans = {
        "berlin": ("30 2 * * *", "Europe/Berlin"),
        "york": ("30 1 * * *", "America/New_York"),
        "santiago": ("0 0 * * *", "America/Santiago"),
        "leap": ("0 12 29 2 *", "UTC"),
    }
    done: Counter[tuple[str, datetime]] = Counter()

    def does(name: str) -> Work:
        def work(_: Opened, slot: datetime) -> Done:
            done[name, slot] += 1
            return Done()

        return work

    both = [hands.worker({name: does(name) for name in plans}, plans) for _ in range(2)]
    luck = np.random.default_rng(7)
    end = START + 400 * DAY
    while hands.now < end:
        for worker in luck.permutation(np.array(both, dtype=object)):
            worker.once()
        hands.now = min(hands.now + timedelta(hours=float(luck.uniform(8, 20))), end)
    for worker in both:
        worker.once()
    expected = {(name, slot): 1 for name, plan in plans.items() for slot in slots_between(*plan, START, end)}
    assert done == expected
    assert len(expected) == 400 * 3 + 1
    assert Counter(run.state for run in job_runs(hands.store, limit=10_000)) == {"done": len(expected)}


def test_nothing_was_missed_before_the_worker_first_looked(hands: Hands) -> None:
    worker = hands.worker({"run": lambda *_: Done()}, {"run": ("0 5 * * *", "UTC")})
    assert worker.once() == []
    hands.now = START + 16 * HOUR
    assert worker.once() == []
    hands.now = START + 17 * HOUR
    assert [ran.slot.hour for ran in worker.once()] == [5]


def test_missed_slots_are_caught_up_once_by_the_newest(hands: Hands) -> None:
    seen: list[datetime] = []

    def work(_: Opened, slot: datetime) -> Done:
        seen.append(slot)
        return Done({"n": len(seen)})

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")})
    worker.once()
    hands.now = START + 10 * DAY
    assert [ran.state for ran in worker.once()] == ["done"]
    assert seen == [datetime(2027, 6, 11, 5, tzinfo=UTC)]
    assert Counter(run.state for run in job_runs(hands.store)) == {"done": 1, "skipped": 9}


def test_a_changed_plan_begins_anew(hands: Hands) -> None:
    work: dict[str, Work] = {"run": lambda *_: Done()}
    hands.worker(work, {"run": ("0 5 * * *", "UTC")}).once()
    hands.now = START + 10 * DAY
    assert hands.worker(work, {"run": ("0 6 * * *", "UTC")}).once() == []
    hands.now += DAY
    assert len(hands.worker(work, {"run": ("0 6 * * *", "UTC")}).once()) == 1


def test_a_failure_is_tried_again_later_and_later_and_then_said(hands: Hands) -> None:
    tried: list[datetime] = []

    def work(_: Opened, slot: datetime) -> Done:
        tried.append(hands.now)
        raise DataError("The file is half written.", where="shop.csv", fix="Export it again.")

    worker = hands.worker(
        {"run": work},
        {"run": ("0 5 * * *", "UTC")},
        most_tries=4,
        first_wait_seconds=60,
        longest_wait_seconds=150,
    )
    worker.once()
    hands.now = begun = START + 17 * HOUR
    for _ in range(60):
        worker.once()
        hands.now += timedelta(seconds=10)
    assert [(at - begun).total_seconds() for at in tried] == [0, 60, 180, 330]
    (row,) = job_runs(hands.store)
    assert (row.state, row.tries) == ("failed", 4)
    assert row.error is not None
    assert "Export it again." in row.error
    hands.now = begun + DAY
    assert len(worker.once()) == 1, "the next slot is another matter"


def test_what_the_settings_got_wrong_is_not_tried_again(hands: Hands) -> None:
    def work(_: Opened, slot: datetime) -> Done:
        raise UsageError("No such column.", fix="Name another.")

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")})
    worker.once()
    hands.now = START + 17 * HOUR
    assert [ran.state for ran in worker.once()] == ["failed"]


def test_a_foreign_error_is_told_by_its_kind_never_by_its_text(hands: Hands) -> None:
    def work(_: Opened, slot: datetime) -> Done:
        raise KeyError("ada@example.org")

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")}, most_tries=1)
    worker.once()
    hands.now = START + 17 * HOUR
    (ran,) = worker.once()
    assert ran.error is not None
    assert "KeyError in test_schedule_worker.py" in ran.error
    assert "ada" not in ran.error


def test_a_result_is_kept_as_json_whatever_it_holds(hands: Hands) -> None:
    odd = {
        "at": START,
        "share": float("nan"),
        "count": np.int64(3),
        "names": ("a", "b"),
        7: {"x": np.float64("inf")},
    }
    worker = hands.worker({"run": lambda *_: Done(odd)}, {"run": ("0 5 * * *", "UTC")})
    worker.once()
    hands.now = START + 17 * HOUR
    worker.once()
    (row,) = job_runs(hands.store)
    assert row.result == {
        "at": "2027-06-01T12:00:00+00:00",
        "share": None,
        "count": 3,
        "names": ["a", "b"],
        "7": {"x": None},
    }


def test_a_failing_job_does_not_stop_the_others(hands: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_: Opened, slot: datetime) -> Done:
        raise DataError("Broken.")

    worker = hands.worker(
        {"bad": fails, "good": lambda *_: Done(alert="look at this")},
        {"bad": ("0 5 * * *", "UTC"), "good": ("0 5 * * *", "UTC")},
    )
    worker.once()
    hands.now = START + 17 * HOUR
    assert {ran.job: ran.state for ran in worker.once()} == {"bad": "waiting", "good": "done"}
    told = capsys.readouterr().err
    assert "look at this" in told
    assert "Broken." in told


def test_a_warehouse_that_others_hold_is_waited_for_without_using_up_tries(hands: Hands) -> None:
    free_at = START + 17 * HOUR + 5 * MINUTE

    def work(_: Opened, slot: datetime) -> Done:
        if hands.now < free_at:
            raise WarehouseBusy("The warehouse cannot be opened.", fix="Another process holds it: wait.")
        return Done()

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")}, most_tries=2, busy_wait_seconds=10)
    worker.once()
    hands.now = START + 17 * HOUR
    while hands.now < free_at:
        for ran in worker.once():
            assert ran.state == "waiting"
            assert ran.error is not None
            assert "Another process holds it" in ran.error
        hands.now += timedelta(seconds=10)
    assert [ran.state for ran in worker.once()] == ["done"]


def test_interrupted_a_job_gives_its_slot_back(hands: Hands) -> None:
    broken = True

    def work(_: Opened, slot: datetime) -> Done:
        if broken:
            raise Interrupted
        return Done()

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")})
    worker.once()
    hands.now = START + 17 * HOUR
    with pytest.raises(Interrupted):
        worker.once()
    (row,) = job_runs(hands.store)
    assert (row.state, row.tries) == ("waiting", 0)
    broken = False
    assert [ran.state for ran in worker.once()] == ["done"]


def test_the_pump_is_called_between_jobs_and_until_it_has_nothing_to_do(hands: Hands) -> None:
    order: list[str] = []
    left = [True, True, False]

    def work(_: Opened, slot: datetime) -> Done:
        order.append("job")
        return Done()

    def pump(now: datetime) -> bool:
        assert now == hands.now
        order.append("pump")
        return left.pop(0)

    worker = hands.worker({"run": work}, {"run": ("0 5 * * *", "UTC")})
    worker.once()
    worker.pump = pump
    hands.now = START + 17 * HOUR
    worker.once()
    assert order == ["job", "pump", "pump", "pump"]


def test_for_ever_ends_when_told_and_waits_only_when_idle(hands: Hands) -> None:
    done: list[datetime] = []
    waits: list[float] = []

    def work(_: Opened, slot: datetime) -> Done:
        done.append(slot)
        return Done()

    worker = hands.worker({"run": work}, {"run": ("*/10 * * * *", "UTC")})

    def wait(seconds: float) -> None:
        waits.append(seconds)
        hands.now += timedelta(seconds=seconds)
        if len(done) == 3:
            worker.stopping.set()

    worker.wait = wait
    worker.poll_seconds = 30
    worker.forever()
    assert done == [START + 10 * k * MINUTE for k in (1, 2, 3)]
    assert 58 <= len(waits) <= 62
    assert hands.opened == 3, "the workspace is opened for a job, and only then"


def test_the_list_says_when_next_and_what_came_of_it(hands: Hands) -> None:
    jobs = chosen(["run", "drift"])
    settings = ScheduleSettings.model_validate({"timezone": "Asia/Tokyo", "drift": {"enabled": False}})
    run, drift = job_rows(hands.store, jobs, settings, hands.now)
    assert run["next"] == "2027-06-01T20:00:00Z"
    assert (run["timezone"], run["state"]) == ("Asia/Tokyo", None)
    assert drift["next"] is None

    worker = hands.worker({"run": lambda *_: Done(alert="odd")}, {"run": settings.plan("run") or ("", "")})
    worker.once()
    hands.now += 9 * HOUR
    worker.once()
    (run,) = job_rows(hands.store, jobs[:1], settings, hands.now)
    assert (run["state"], run["last"], run["alert"]) == ("done", "2027-06-01T20:00:00Z", "odd")


def test_an_unknown_job_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="no job 'runs'") as error:
        chosen(["run", "runs"])
    assert "expire, reviews, deliveries, run, outcomes" in error.value.fix
