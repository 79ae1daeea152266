"""Runs keep their number, two processes never share one, and a damaged or newer store is refused."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from retinue.errors import ArtefactError
from retinue.store import Store
from retinue.store.runs import finish_run, latest_run, list_runs, open_run

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)
CLOCK = datetime(2026, 2, 14, 6, tzinfo=UTC)


def numbered(store: Store, run_id: str, as_of: datetime = AS_OF) -> str:
    return open_run(store, run_id, as_of=as_of, clock=CLOCK).campaign_id


def test_campaigns_are_numbered_by_day_and_keep_their_number(store: Store) -> None:
    assert [numbered(store, r) for r in ("a", "b", "a", "c", "b")] == [
        "CAMP_2026_02_14_001",
        "CAMP_2026_02_14_002",
        "CAMP_2026_02_14_001",
        "CAMP_2026_02_14_003",
        "CAMP_2026_02_14_002",
    ]
    assert numbered(store, "d", AS_OF + timedelta(days=1)) == "CAMP_2026_02_15_001"


def test_the_day_is_that_of_utc(store: Store) -> None:
    tokyo = datetime(2026, 2, 15, 8, 59, tzinfo=timezone(timedelta(hours=9)))
    first = open_run(store, "a", as_of=tokyo, clock=CLOCK)
    again = open_run(store, "a", as_of=tokyo, clock=CLOCK)
    assert first.campaign_id == "CAMP_2026_02_14_001"
    assert first == again, "a record is the same whether it was just made or read back"
    assert first.as_of == datetime(2026, 2, 14, 23, 59)


def test_a_thousandth_campaign_of_a_day_gets_four_digits(store: Store) -> None:
    from sqlalchemy import text

    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO runs (run_id, as_of, campaign_date, campaign_number, started_at) "
                "VALUES ('x', '2026-02-14 00:00:00', '2026_02_14', 999, '2026-02-14 00:00:00')"
            )
        )
    assert numbered(store, "y") == "CAMP_2026_02_14_1000"


def test_finishing_twice_keeps_the_first_summary(store: Store) -> None:
    numbered(store, "a")
    assert latest_run(store) is None
    finish_run(store, "a", summary={"offers": 1}, clock=CLOCK)
    finish_run(store, "a", summary={"offers": 2}, clock=CLOCK + timedelta(hours=1))
    found = latest_run(store)
    assert found is not None
    assert found.summary == {"offers": 1}
    assert found.finished_at == CLOCK.replace(tzinfo=None)


def test_finishing_what_was_never_opened_is_an_error(store: Store) -> None:
    with pytest.raises(ArtefactError, match="no run ghost"):
        finish_run(store, "ghost", summary={}, clock=CLOCK)


def test_the_latest_run_is_the_newest_finished_one(store: Store) -> None:
    for run_id, as_of, finished in (
        ("old", AS_OF, True),
        ("second", AS_OF, True),
        ("new", AS_OF + timedelta(days=1), True),
        ("unfinished", AS_OF + timedelta(days=2), False),
    ):
        numbered(store, run_id, as_of)
        if finished:
            finish_run(store, run_id, summary={}, clock=CLOCK)
    newest, of_day = latest_run(store), latest_run(store, as_of=AS_OF)
    assert newest is not None
    assert newest.run_id == "new"
    assert of_day is not None
    assert of_day.run_id == "second"
    assert latest_run(store, as_of=AS_OF + timedelta(days=2)) is None
    assert [run.run_id for run in list_runs(store)] == ["unfinished", "new", "second", "old"]
    assert len(list_runs(store, limit=2)) == 2


def test_an_error_in_a_transaction_keeps_nothing(store: Store) -> None:
    from sqlalchemy import text

    numbered(store, "a")
    with contextlib.suppress(RuntimeError), store.transaction() as session:
        session.execute(text("DELETE FROM runs"))
        raise RuntimeError
    assert [run.run_id for run in list_runs(store)] == ["a"]


OPENER = """
import sys
from datetime import datetime
from retinue.store import Store
from retinue.store.runs import open_run
sys.stdin.readline()
store = Store(sys.argv[1])
for number in range(int(sys.argv[3])):
    run = open_run(store, sys.argv[2].format(number), as_of=datetime(2026, 2, 14),
                   clock=datetime(2026, 2, 14))
    print(run.campaign_id)
store.close()
"""


def at_once(place: Path | str, names: list[str], count: int) -> list[list[str]]:
    """Let several processes open runs in a store that none of them has made yet."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(place), name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(names), ended
    return [out.split() for out, _ in ended]


def test_processes_at_once_get_distinct_numbers(empty_place: Path | str) -> None:
    given = at_once(empty_place, ["a{}", "b{}", "c{}"], 15)
    numbers = [campaign for one in given for campaign in one]
    assert sorted(numbers) == [f"CAMP_2026_02_14_{n:03}" for n in range(1, 46)]


def test_processes_at_once_agree_on_the_number_of_one_run(empty_place: Path | str) -> None:
    first, second = at_once(empty_place, ["same{}", "same{}"], 10)
    assert first == second
    assert len(set(first)) == 10


def test_kill_9_in_a_transaction_keeps_what_was_before(place: Path | str) -> None:
    program = (
        "import os, signal, sys; from datetime import datetime\n"
        "from sqlalchemy import text; from retinue.store import Store\n"
        "from retinue.store.runs import open_run\n"
        "store = Store(sys.argv[1]); day = datetime(2026, 2, 14)\n"
        "open_run(store, 'kept', as_of=day, clock=day)\n"
        "with store.transaction() as session:\n"
        "    session.execute(text('DELETE FROM runs')); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(place)], check=False, timeout=60)
    assert done.returncode == -9
    store = Store(place)
    assert [run.run_id for run in list_runs(store)] == ["kept"]
    store.close()


def test_a_damaged_store_and_an_impossible_folder_are_named(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ArtefactError) as caught:
        Store(path)
    assert caught.value.where == str(path)
    assert "backup" in caught.value.fix
    with pytest.raises(ArtefactError):
        Store(path / "below" / "store.sqlite")


def test_a_path_with_odd_characters_is_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a?b#c %20 'd'" / "store.sqlite"
    store = Store(path)
    numbered(store, "a")
    store.close()
    assert path.exists()
