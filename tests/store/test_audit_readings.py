"""Readings: answered once they are on record, together where many come at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from retinue.errors import AuditError
from retinue.store import Store
from retinue.store.audit.files import hashes_of, look_in
from retinue.store.audit.reading import search
from retinue.store.audit.readings import Readings
from retinue.store.audit.verify import verify
from retinue.store.runs import finish_run, open_run

CLOCK = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def test_each_customer_is_a_record_of_its_own(store: Store) -> None:
    readings = Readings(store)
    readings.served("key_1", "risk", ["C1", "C2"])
    readings.personal("ada", "message", ["C1"])
    readings.served("key_1", "risk", [])
    found = search(store, object_id="C1")
    assert [(one.actor, one.action, one.detail) for one in found] == [
        ("ada", "personal.read", '{"what":"message"}'),
        ("key_1", "prediction.served", '{"what":"risk"}'),
    ]


def test_many_at_once_are_all_on_record_in_few_transactions(store: Store) -> None:
    readings, commits = Readings(store), 0

    def counted(_: object) -> None:
        nonlocal commits
        commits += 1

    event.listen(store.engine, "commit", counted)
    barrier = threading.Barrier(16)

    def read(reader: int) -> None:
        barrier.wait()
        for number in range(10):
            readings.served(f"reader_{reader}", "risk", [f"C{number}"])
            mine = search(store, actor=f"reader_{reader}")
            assert len(mine) == number + 1, "it is on record when the answer comes"

    threads = [threading.Thread(target=read, args=(n,)) for n in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(search(store)) == 160
    assert commits < 160
    assert verify(store).whole


def test_what_cannot_be_recorded_is_not_answered(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END")
        )
    readings = Readings(store)
    with pytest.raises(AuditError):
        readings.served("ada", "risk", ["C1"])
    with store.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER no"))
    readings.served("ada", "risk", ["C1"])
    assert len(search(store)) == 1


def test_the_files_of_a_run_are_held_against_the_trail(store: Store, tmp_path: Path) -> None:
    campaign = open_run(store, "r", as_of=CLOCK, clock=CLOCK).campaign_id
    folder = tmp_path / "runs" / campaign
    folder.mkdir(parents=True)
    for name in ("campaign.json", "receipts.parquet"):
        (folder / name).write_text(name)
    files = hashes_of(folder, ("campaign.json", "receipts.parquet"))
    finish_run(store, "r", summary={}, clock=CLOCK, files=files)
    assert verify(store, look=look_in(tmp_path)).whole
    (folder / "receipts.parquet").write_text("another")
    (folder / "campaign.json").unlink()
    (found,) = verify(store, look=look_in(tmp_path)).breaks
    assert (found.kind, found.first) == ("files", 2)
    assert "campaign.json is gone and receipts.parquet was changed" in found.words
