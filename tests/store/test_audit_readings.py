"""Readings: on disk before anybody is answered, in the chain a second later, each once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.errors import AuditError
from retinue.store import Store
from retinue.store.audit import acting
from retinue.store.audit.ahead import Ahead
from retinue.store.audit.counted import MOST, Counted
from retinue.store.audit.files import REWRITTEN, hashes_of, look_at, look_in
from retinue.store.audit.reading import search
from retinue.store.audit.readings import Readings, personal_read, told
from retinue.store.audit.record import entry_of, on_record
from retinue.store.audit.segments import Segment, gather, gather_left, waiting
from retinue.store.audit.verify import verify
from retinue.store.runs import finish_run, open_run

CLOCK = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)
KEY = bytes(32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ahead"


@pytest.fixture
def ahead(store: Store, folder: Path) -> Iterator[Ahead]:
    opened = Ahead(store, folder)
    yield opened
    opened.close()


def test_a_reading_is_in_a_file_when_it_may_be_answered_and_then_in_the_chain(
    store: Store, ahead: Ahead, folder: Path
) -> None:
    readings = Readings(ahead, KEY)
    readings.one("key_1", "risk", "C1", run="CAMP_1", at=CLOCK)
    # In the file, in the chain, or for a moment in both; it comes out once, see below.
    assert waiting(folder) + len(search(store)) >= 1
    readings.many("ada", "list", run="CAMP_1", at=CLOCK, customers=["C1", "C2"])
    readings.one("ada", "contact", "C2", run="CAMP_1", at=CLOCK, personal=True)
    ahead.close()
    assert waiting(folder) == 0
    found = search(store)[::-1]
    assert [(one.actor, one.action, one.object_id) for one in found] == [
        ("key_1", "prediction.served", "C1"),
        ("ada", "prediction.served", "CAMP_1"),
        ("ada", "personal.read", "C2"),
    ]
    assert json.loads(found[1].detail)["customers"] == ["C1", "C2"]
    assert [one.number for one in search(store, customer="C2")] == [3, 2]
    assert [one.number for one in search(store, customer="C")] == []
    assert verify(store).whole
    with pytest.raises(AuditError):
        readings.one("ada", "risk", "C1", run="CAMP_1", at=CLOCK)


def test_of_many_at_once_none_is_lost(store: Store, ahead: Ahead) -> None:
    readings = Readings(ahead, KEY)
    barrier = threading.Barrier(16)

    def read(reader: int) -> None:
        barrier.wait()
        for number in range(10):
            readings.one(f"reader_{reader}", "risk", f"C{number}", run="CAMP_1", at=CLOCK)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    ahead.close()
    assert len({(one.actor, one.object_id) for one in search(store)}) == len(search(store)) == 160
    assert verify(store).whole


PROGRAM = """
import os, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from retinue.store import Store
from retinue.store.audit import ahead, segments
from retinue.store.audit.readings import Readings
place, folder, when = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
log = ahead.Ahead(Store(place if "://" in place else Path(place)), folder)
if when == "gathered":  # in the chain, and the file not removed yet
    segments.Segment.drop = lambda self: os.kill(os.getpid(), signal.SIGKILL)
else:
    ahead.SYNC_SECONDS = 60.0
readings, now = Readings(log, b""), datetime(2026, 2, 14, tzinfo=UTC)
log.start()
time.sleep(0.3)  # the first look for what others left is over
for n in range(5): readings.one("ada", "risk", f"C{n}", run="r", at=now)
if when == "gathered": log.close()
print("answered", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["answered", "gathered"])
def test_what_a_killed_process_left_is_in_the_chain_once(place: Path | str, folder: Path, when: str) -> None:
    store = Store(place)
    command = [sys.executable, "-c", PROGRAM, str(place), str(folder), when]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert waiting(folder) == 5
    (file,) = folder.iterdir()
    with file.open("ab") as handle:
        handle.write(b'["ada","prediction.served","cust')  # what a kill in the middle of a write leaves
    shutil.copy(file, folder.parent / file.name)
    for _ in range(2):
        gather_left(store, folder)
        assert [one.object_id for one in search(store)] == ["C4", "C3", "C2", "C1", "C0"]
        shutil.copy(folder.parent / file.name, folder)  # as if it had not been removed
    assert verify(store).whole
    store.close()


def test_the_file_of_a_living_process_is_left_alone(store: Store, ahead: Ahead, folder: Path) -> None:
    Readings(ahead, KEY).one("ada", "risk", "C1", run="r", at=CLOCK)
    assert gather_left(store, folder) == 0
    ahead.close()
    assert len(search(store)) == 1


def test_a_damaged_file_is_kept_and_named(store: Store, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(b"nonsense\n")
    with pytest.raises(AuditError, match="damaged"):
        gather_left(store, folder)
    assert (folder / "a.jsonl").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_on_a_full_disk_nothing_is_answered_and_later_it_is(
    store: Store, ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = Readings(ahead, KEY)
    monkeypatch.setattr("retinue.store.audit.ahead.SYNC_SECONDS", 3600.0)
    ahead.start()
    time.sleep(0.2)  # the first look for what others left is over
    readings.one("ada", "risk", "C1", run="r", at=CLOCK)
    assert ahead._open is not None
    full = os.open("/dev/full", os.O_WRONLY)
    assert ahead._open is not None
    os.dup2(full, ahead._open._descriptor)
    with pytest.raises(AuditError, match="No space left"):
        readings.one("ada", "risk", "C2", run="r", at=CLOCK)
    kept = len(ahead._full)
    for _ in range(5):
        ahead._open = Segment(ahead._folder)
        os.dup2(full, ahead._open._descriptor)
        with pytest.raises(AuditError):
            readings.one("ada", "risk", "C2", run="r", at=CLOCK)
    assert len(ahead._full) == kept  # none of them holds a descriptor
    os.close(full)
    readings.one("ada", "risk", "C3", run="r", at=CLOCK)
    ahead.close()
    assert {one.object_id for one in search(store)} == {"C1", "C3"}


def test_what_comes_a_million_times_is_counted(store: Store, ahead: Ahead) -> None:
    now = [CLOCK.timestamp()]
    counted = Counted(ahead, lambda: datetime.fromtimestamp(now[0], UTC))
    for _ in range(500):
        counted.add("unknown", "proof.refused", "source", "aa", "expired")
    counted.add("unknown", "proof.refused", "source", "bb", "expired")
    now[0] += 61
    counted.add("unknown", "proof.refused", "source", "aa", "expired")
    for number in range(2 * MOST):
        counted.add("unknown", "proof.refused", "source", f"many_{number}", "expired")
    counted.close()
    ahead.close()
    found = [(one.object_id, json.loads(one.detail)) for one in search(store)[::-1]]
    told = [(about, detail["why"], detail.get("more")) for about, detail in found]
    assert told[:4] == [
        ("aa", "expired", None),
        ("bb", "expired", None),
        ("aa", "expired", 499),
        ("aa", "expired", None),
    ]
    assert told[-1] == ("", "others", 2 * MOST - (MOST - 1) - 1)
    assert len(told) == 4 + (MOST - 1) + 2


def test_a_segment_that_is_tried_again_is_in_the_chain_once(store: Store, folder: Path) -> None:
    """As after a commit of which the server's answer was lost."""
    segment = Segment(folder)
    segment.add(entry_of("ada", "prediction.served", "customer", "C1", {}))
    for _ in range(3):
        gather(store, segment)
    segment.drop()
    assert [one.object_id for one in search(store)] == ["C1"]


def test_a_reading_by_command_is_in_the_chain_at_once(store: Store) -> None:
    personal_read(store, "ada", "message", "C1")
    (found,) = search(store)
    assert (found.actor, found.action, found.object_id) == ("ada", "personal.read", "C1")
    with acting("ben"):
        told(store, "explanation", "dec_1")
    newest = search(store)[0]
    assert (newest.actor, newest.action, newest.kind) == ("ben", "prediction.served", "decision")


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
    with store.transaction() as session:  # somebody was taken out, and the list deleted: both on purpose
        anew = {**hashes_of(folder, ("receipts.parquet",)), "campaign.json": None}
        on_record(session, REWRITTEN, "run", campaign, files=anew)
    assert verify(store, look=look_at(store, tmp_path)).whole
