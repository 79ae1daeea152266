"""The worker sends between jobs, and not while Retinue is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.campaigns.promises import take
from tests.campaigns.witness import KEY, Business, Witness, action

from retinue.runs.base import Opened
from retinue.runs.campaigns import Campaigns
from retinue.runs.schedule import JOBS, Done, Job, Runner, Worker
from retinue.runs.schedule.pump import Pump
from retinue.settings import DeliverySettings, ScheduleSettings
from retinue.store.deliveries import list_deliveries
from retinue.store.job_runs import known_since
from retinue.store.stops import resume, stop


@pytest.fixture
def business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Business]:
    made = Business(tmp_path, [Witness(), Witness("stripe", kind="grant", needs="ids.stripe")])
    # The double of the channel stands where the configured ones would be opened.
    monkeypatch.setattr(Campaigns, "channels", made.channels)
    monkeypatch.setattr(Campaigns, "key", KEY)
    yield made
    made.store.close()


def worker_of(business: Business, work: Any) -> Worker:
    opened = cast(Opened, SimpleNamespace(store=business.store, settings=business.settings))
    runner = Runner(
        business.store, lambda _: nullcontext(opened), ScheduleSettings(), "w1", lambda: business.now
    )
    worker = Worker(runner, [Job("run", work, "")], {"run": ("0 9 * * *", "UTC")})
    worker.pump = Pump(opened, "w1", clock=lambda: business.now)
    return worker


def test_what_is_due_goes_out_between_jobs(business: Business) -> None:
    done = []
    known_since(business.store, "run", "0 9 * * *", "UTC", clock=business.now.replace(hour=1))
    business.start(*(action(n) for n in range(30)))
    worker = worker_of(business, lambda _, slot: done.append(slot) or Done())
    worker.once()
    assert len(done) == 1
    assert len(business.channels["email"].effects) == 30
    assert set(business.states().values()) == {"sent"}


def test_stopped_a_worker_does_its_jobs_and_sends_nothing(business: Business) -> None:
    done = []
    known_since(business.store, "run", "0 9 * * *", "UTC", clock=business.now.replace(hour=1))
    business.start(action(1), action(2))
    stop(business.store, who="ada", clock=business.now)
    worker = worker_of(business, lambda _, slot: done.append(slot) or Done())
    worker.once()
    assert len(done) == 1
    assert business.channels["email"].calls == []
    resume(business.store, who="ada", clock=business.now)
    worker.once()
    assert len(business.channels["email"].effects) == 2
    assert worker.pump is not None
    cast(Pump, worker.pump).close()


def granting(business: Business, *types: str) -> Business:
    plan = business.settings.delivery.model_dump() | {"grants": dict.fromkeys(types, "stripe")}
    business.settings = business.settings.model_copy(update={"delivery": DeliverySettings(**plan)})
    return business


def test_what_was_accepted_at_the_cancel_button_goes_out_too(business: Business) -> None:
    take(granting(business, "fixed_credit"), 1)
    worker = worker_of(business, lambda _, slot: Done())
    worker.once()
    assert business.states() == {"dec_cancel_1/stripe": "sent"}
    take(business, 2)
    business.pass_time(seconds=4)
    worker.once()
    assert len(list_deliveries(business.store)) == 1, "it looks every five seconds"
    business.pass_time(seconds=2)
    worker.once()
    assert business.states()["dec_cancel_2/stripe"] == "sent"


def test_what_cannot_be_made_real_is_logged_once_and_the_job_says_so(
    business: Business, capsys: pytest.CaptureFixture[str]
) -> None:
    take(business, 1)
    worker = worker_of(business, lambda _, slot: Done())
    for _ in range(3):
        worker.once()
        business.pass_time(seconds=10)
    told = capsys.readouterr().err
    assert told.count("cancel.offer_waits") == 1
    assert "No channel makes a fixed_credit real" in told
    job = next(job for job in JOBS if job.name == "deliveries")
    opened = SimpleNamespace(store=business.store, settings=business.settings, clock=business.now)
    done = job.work(cast(Opened, opened), business.now)
    assert done.alert is not None
    assert "1 offer(s) accepted at the cancel button" in done.alert
    assert done.result["waiting"][0]["customer_id"] == "C1"
