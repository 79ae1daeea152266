"""A store that does not answer, or that others hold, is told apart from what is wrong; later all goes on."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from retinue.errors import StoreUnavailable
from retinue.runs.schedule import Worker
from retinue.store import Store, engines
from retinue.store.runs import list_runs, open_run
from retinue.store.stops import stop, switches

CLOCK = datetime(2026, 2, 14, 9, tzinfo=UTC)


def test_writers_take_turns_and_readers_wait_for_nobody(store: Store) -> None:
    began, order = threading.Event(), []

    def second() -> None:
        began.set()
        with store.transaction():
            order.append("second")

    with store.transaction() as session:
        thread = threading.Thread(target=second)
        thread.start()
        began.wait()
        time.sleep(0.2)
        assert switches(store) == []
        session.execute(text("SELECT 1"))
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_what_was_read_under_the_lock_is_what_was_committed_last(store: Store) -> None:
    """Whoever waited sees what the one before it wrote, not what was there when it began to wait."""
    threads = [
        threading.Thread(
            target=lambda n=n: open_run(store, f"r{n}", as_of=CLOCK, clock=CLOCK)  # type: ignore[misc]
        )
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(run.campaign_id for run in list_runs(store))
    assert numbers == [f"CAMP_2026_02_14_{n:03}" for n in range(1, 13)]


def test_a_writer_that_waits_too_long_is_told(place: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PATIENCE_SECONDS", 1)
    holder, other = Store(place), Store(place)
    with holder.transaction(), pytest.raises(StoreUnavailable) as caught:
        stop(other, who="ada", clock=CLOCK)
    assert caught.value.fix
    assert stop(other, who="ada", clock=CLOCK).who == "ada"
    holder.close()
    other.close()


def test_a_worker_goes_on_when_the_store_answers_again(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PATIENCE_SECONDS", 1)
    store, holder = Store(place), Store(place)
    waits: list[float] = []

    class Plain:
        """What a worker without jobs needs of its runner."""

        clock = staticmethod(lambda: CLOCK)

    Plain.store = store  # type: ignore[attr-defined]
    worker = Worker(Plain(), [], {})  # type: ignore[arg-type]

    def pump(_: datetime) -> bool:
        stop(store, who=f"try {len(waits) + 1}", clock=CLOCK)
        worker.stopping.set()
        return True

    held = holder.transaction()
    held.__enter__()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        held.__exit__(None, None, None)

    worker.pump, worker.wait = pump, wait
    worker.forever()
    assert len(waits) == 1
    assert [switch.who for switch in switches(store)] == ["try 2"]
    store.close()
    holder.close()


def terminated(place: str) -> None:
    """End every connection to the store but the one that does it."""
    other = Store(place)
    with other.reading() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database() AND application_name = 'the-one'"
            )
        )
    other.close()


def test_a_lost_server_leaves_nothing_half_done(place: Path | str) -> None:
    if isinstance(place, Path):
        return
    store = Store(f"{place}&application_name=the-one")

    def half() -> None:
        with store.transaction() as session:
            session.execute(
                text("INSERT INTO switches (action, at, who, reason) VALUES ('stop', now(), 'ada', '')")
            )
            terminated(place)
            session.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        half()
    assert switches(store) == [], "and the next use connects anew"
    terminated(place)
    assert stop(store, who="ben", clock=CLOCK).who == "ben"
    store.close()


def test_a_writer_that_sleeps_loses_its_turn(place: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(place, Path):
        return
    monkeypatch.setattr(engines, "IDLE_SECONDS", 1)
    sleeper, other = Store(place), Store(place)

    def asleep() -> None:
        with sleeper.transaction() as session:
            session.execute(text("SELECT 1"))
            assert stop(other, who="ada", clock=CLOCK).who == "ada", "waits for a second, not for ever"
            session.execute(text("DELETE FROM runs"))

    with pytest.raises(StoreUnavailable):
        asleep()
    sleeper.close()
    other.close()
