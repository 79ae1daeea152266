"""An act and its record: both or neither."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from retinue.errors import AuditError
from retinue.store import Store
from retinue.store.audit import acting, on_record
from retinue.store.audit.reading import ends, newest_about, search
from retinue.store.audit.record import GENESIS, digest
from retinue.store.audit.verify import verify
from retinue.store.runs import open_run
from retinue.store.stops import stop, stopped, switches

CLOCK = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite", clock=lambda: CLOCK)
    yield opened
    opened.close()


def test_an_act_is_on_record_with_who_what_and_when(store: Store) -> None:
    stop(store, who="ada", reason="wrong prices", clock=CLOCK)
    (found,) = search(store)
    assert found.as_dict() == {
        "number": 1,
        "at": "2026-02-14T09:30:00.000000Z",
        "actor": "ada",
        "action": "switch.stop",
        "kind": "switch",
        "object": "1",
        "detail": {},
        "previous": GENESIS,
        "hash": found.hash,
    }
    stop(store, who="ben", clock=CLOCK)
    assert search(store)[0].previous == found.hash
    assert verify(store).whole


def test_an_act_that_fails_leaves_no_record(store: Store) -> None:
    with contextlib.suppress(RuntimeError), store.transaction() as session:
        on_record(session, "switch.stop", "switch", "1")
        raise RuntimeError
    assert search(store) == []


@pytest.mark.parametrize("trouble", ["trigger", "full", "gone"])
def test_when_the_trail_cannot_be_written_the_act_does_not_happen(store: Store, trouble: str) -> None:
    stop(store, who="ada", clock=CLOCK)
    with store.engine.connect() as connection:
        if trouble == "trigger":
            connection.execute(
                text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk'); END")
            )
        elif trouble == "gone":
            connection.execute(text("DROP TABLE audit_head"))
        else:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    if trouble != "full":
        with pytest.raises(AuditError, match="nothing was done"):
            stop(store, who="mallory", clock=CLOCK)
        assert [one.who for one in switches(store)] == ["ada"]
        return
    with pytest.raises((AuditError, OperationalError)):
        fill(store)
    assert len(switches(store)) == len(search(store)) < 1_000


def fill(store: Store) -> None:
    """Stop until the disk is full."""
    for _ in range(1_000):
        stop(store, who="mallory", clock=CLOCK)


def test_a_change_that_nobody_recorded_is_not_made(store: Store) -> None:
    with pytest.raises(AuditError, match="nobody put on record"), store.transaction() as session:
        session.execute(
            text("INSERT INTO switches (action, at, who, reason) VALUES ('stop', '2026-02-14', 'm', '')")
        )
    assert stopped(store) is None


def test_a_record_outside_a_transaction_is_refused(store: Store) -> None:
    with pytest.raises(AuditError, match="cannot be put on record"), Session(store.engine) as session:
        on_record(session, "switch.stop", "switch", "1")


def test_the_database_itself_refuses_to_change_a_record(store: Store) -> None:
    stop(store, who="ada", clock=CLOCK)
    for statement in ("UPDATE audit SET actor = 'm'", "DELETE FROM audit"):
        with (
            contextlib.closing(sqlite3.connect(str(store.engine.url.database))) as connection,
            pytest.raises(sqlite3.IntegrityError, match="only ever added to"),
        ):
            connection.execute(statement)


def test_whoever_acts_is_named(store: Store) -> None:
    open_run(store, "a", as_of=CLOCK, clock=CLOCK)
    with acting("ada"):
        open_run(store, "b", as_of=CLOCK, clock=CLOCK)
    assert [one.actor for one in search(store)] == ["ada", "retinue"]


def test_search_by_everything(store: Store) -> None:
    stop(store, who="ada", clock=CLOCK)
    open_run(store, "run_1", as_of=CLOCK, clock=CLOCK)
    assert [one.action for one in search(store, actor="ada")] == ["switch.stop"]
    assert [one.action for one in search(store, action="run.")] == ["run.started"]
    assert [one.action for one in search(store, action="run.started", object_id="run_1")] == ["run.started"]
    assert search(store, action="run") == []
    assert len(search(store, since=CLOCK, until=CLOCK)) == 2
    assert search(store, since=datetime(2026, 2, 15, tzinfo=UTC)) == []
    assert len(search(store, limit=1)) == 1
    newest = newest_about(store, "run", "run_1")
    assert newest is not None
    assert newest.number == 2


def test_writers_at_once_make_one_chain(place: Path | str) -> None:
    Store(place).close()

    def write(name: int) -> None:
        own = Store(place)
        for _ in range(10):
            stop(own, who=f"w{name}", clock=CLOCK)
        own.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    store = Store(place)
    assert verify(store).whole
    assert len({one.previous for one in search(store)}) == 40, "no two follow the same record"
    head, last = ends(store)
    assert head is not None
    assert head.count == last == 40
    store.close()


def test_killed_between_the_record_and_the_end_neither_is_there(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import datetime; from pathlib import Path\n"
        "from retinue.store import Store; from retinue.store.stops import stop\n"
        "stop(Store(Path(sys.argv[1])), who='ada', clock=datetime(2026, 2, 14))\n"
    )
    path = tmp_path / "store.sqlite"
    for point in ("audit.writing", "audit.written"):
        environment = {"RETINUE_FAULT": f"{point}:1:kill", "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], check=False, env=environment, timeout=60
        )
        assert done.returncode == -9
    store = Store(path)
    assert (switches(store), search(store)) == ([], [])
    assert verify(store).whole
    store.close()


def test_checkpoints_are_signed_lines_and_the_key_is_the_owners(store: Store) -> None:
    checkpoints = store.checkpoints
    assert checkpoints.write(store) is None  # there is nothing to vouch for
    assert checkpoints.public_key() is None
    stop(store, who="ada", clock=CLOCK)
    first = checkpoints.write(store)
    assert first is not None
    assert (first.count, first.genuine()) == (1, True)
    assert checkpoints.write(store) is None  # nothing new
    folder = checkpoints.path.parent.parent
    assert stat.S_IMODE((folder / "audit_key").stat().st_mode) == 0o600
    assert json.loads(checkpoints.path.read_text())["head"] == search(store)[0].hash


def test_what_a_killed_process_left_of_a_checkpoint_does_no_harm(store: Store) -> None:
    for torn in (b'{"count":', b""):
        stop(store, who="ada", clock=CLOCK)
        store.checkpoints.write(store)
        with store.checkpoints.path.open("ab") as handle:
            handle.write(torn)
    stop(store, who="ada", clock=CLOCK)
    store.checkpoints.write(store)
    found = verify(store)
    assert (found.whole, found.checkpoints, found.covered) == (True, 3, 3)


def test_without_the_key_no_other_is_made_in_its_place(store: Store) -> None:
    stop(store, who="ada", clock=CLOCK)
    store.checkpoints.write(store)
    stop(store, who="ada", clock=CLOCK)
    (store.checkpoints.path.parent.parent / "audit_key").unlink()
    again = type(store.checkpoints)(store.checkpoints.path.parent.parent)
    with pytest.raises(AuditError, match="is gone"):
        again.write(store)


def test_a_checkpoint_comes_by_itself_and_goes_to_the_copy(tmp_path: Path) -> None:
    store = Store(tmp_path / "state" / "store.sqlite")
    store.checkpoints.copy = tmp_path / "elsewhere" / "checkpoints.jsonl"
    with store.transaction() as session:
        for number in range(1_001):
            on_record(session, "switch.stop", "switch", str(number))
    assert store.checkpoints.path.read_bytes() == store.checkpoints.copy.read_bytes()
    assert verify(store).covered == 1_001
    store.checkpoints.path.unlink()  # the copy is enough
    assert verify(store).covered == 1_001
    store.close()


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_hash_is_that_of_plain_json(actor: str, about: str) -> None:
    """So that a few lines of any language can verify an export."""
    import hashlib

    clean = [part.encode("utf-8", "replace").decode() for part in (actor, about)]
    fields = [1, "t", clean[0], "a", "k", clean[1], "{}", GENESIS]
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    assert digest(*fields) == hashlib.sha256(plain).hexdigest()  # type: ignore[arg-type]


def test_what_people_type_cannot_break_the_chain(store: Store) -> None:
    for who in ("a\0b", "\ud800", "ünï", 'q"\n', "x" * 500):
        with store.transaction() as session:
            on_record(session, "switch.stop", "switch", who, actor=who, told=who.replace("\ud800", "?"))
    assert verify(store).whole
    assert search(store)[0].actor == "x" * 200
