"""Whatever is done to the trail behind Retinue's back is found, and where."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.databases import a_place
from tests.store.tampering import CHAIN_REWRITTEN, WAYS, Copy, OnServer

from retinue.store import Store
from retinue.store.audit import on_record
from retinue.store.audit.checkpoints import Line, read_checkpoints
from retinue.store.audit.verify import Verdict, verify, verify_pages

RECORDS, SPACING = 240, 30
NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


class Made(NamedTuple):
    path: Path
    lines: list[Line]
    key: str


def write_trail(store: Store) -> None:
    for number in range(RECORDS // SPACING):
        with store.transaction() as session:
            for step in range(SPACING):
                about = f"dlv_{number}_{step}"
                on_record(session, "delivery.sent", "delivery", about, actor="worker", cents=number)
        store.checkpoints.write(store)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A trail of 240 records with a checkpoint after every 30."""
    path = tmp_path_factory.mktemp("trail") / "store.sqlite"
    times = (NOW + timedelta(seconds=n) for n in range(10_000))
    store = Store(path, clock=lambda: next(times))
    write_trail(store)
    key = store.checkpoints.public_key()
    assert key is not None
    assert verify(store).whole
    store.close()
    return Made(path, read_checkpoints(path.parent / "audit" / "checkpoints.jsonl"), key)


@pytest.fixture(scope="module")
def source(made: Made) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(made.path)
    yield connection
    connection.close()


def after(made: Made, source: sqlite3.Connection, way: str, at: int) -> Verdict:
    copy = Copy.of(source, seed=at)
    WAYS[way](copy, at, RECORDS)
    found = verify_pages([copy.rows()], [made.lines], key=made.key, head=copy.head())
    copy.connection.close()
    return found


def check(made: Made, source: sqlite3.Connection, way: str, at: int) -> None:
    judge(after(made, source, way, at), way, at)


def judge(found: Verdict, way: str, at: int) -> None:
    assert not found.whole, f"{way} at {at} was not found"
    first = found.breaks[0]
    if way in CHAIN_REWRITTEN:
        begun = at if way == "replace whole chain" else min(at, RECORDS - 1) + 1
        assert first.kind == "replaced"
        assert first.first <= begun <= first.last < first.first + SPACING, (way, at, first)
    elif way == "truncate tail":
        assert (first.kind, first.first, first.last) == ("cut off", min(at, RECORDS - 1) + 1, RECORDS)
    elif way == "insert":
        # The forged record fits to the one before it: what tells is the next one, or a checkpoint's record.
        assert first.first in (at + 1, at + 2) or (first.kind, first.last) == ("replaced", at + 1), (
            at,
            first,
        )
    elif way == "delete":
        expected = ("cut off", at) if at == RECORDS else ("missing", at)
        assert (first.kind, first.first) == expected
    elif way == "reorder":
        assert {one.kind for one in found.breaks} >= {"moved"}
        assert first.first == min(at, at + 1 if at < RECORDS else at - 1)
    else:
        assert (first.kind, first.first, first.last) == ("edited", at, at)
        assert len(found.breaks) == 1


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_found_and_located(way: str, made: Made, source: sqlite3.Connection) -> None:
    for at in range(1, RECORDS + 1, RECORDS // 20):
        check(made, source, way, at)
    check(made, source, way, RECORDS)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_way_at_two_hundred_positions(way: str, made: Made, source: sqlite3.Connection) -> None:
    for at in range(2, 202):
        check(made, source, way, at)


@pytest.fixture(scope="module")
def on_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Line], str]]:
    """The same trail in PostgreSQL: its URL, the checkpoints, and their key."""
    folder = tmp_path_factory.mktemp("server")
    with a_place("postgresql", folder) as place:
        times = (NOW + timedelta(seconds=n) for n in range(10_000))
        store = Store(place, state=folder, clock=lambda: next(times))
        write_trail(store)
        key = store.checkpoints.public_key()
        assert key is not None
        assert verify(store).whole
        store.close()
        yield str(place), read_checkpoints(folder / "audit" / "checkpoints.jsonl"), key


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_found_on_a_server(way: str, on_server: tuple[str, list[Line], str]) -> None:
    import psycopg

    url, lines, key = on_server
    with psycopg.connect(url) as connection:
        for at in (1, 100, 199, RECORDS):
            copy = OnServer.within(connection, seed=at)
            WAYS[way](copy, at, RECORDS)
            found = verify_pages([copy.rows()], [lines], key=key, head=copy.head())
            connection.rollback()
            judge(found, way, at)


def test_without_checkpoints_a_rewritten_chain_looks_whole(made: Made, source: sqlite3.Connection) -> None:
    """What makes the checkpoints necessary; were it otherwise, the test above would prove nothing of them."""
    for way in (*CHAIN_REWRITTEN, "truncate tail"):
        copy = Copy.of(source, seed=1)
        WAYS[way](copy, 100, RECORDS)
        assert verify_pages([copy.rows()], [], head=copy.head()).whole
        copy.connection.close()


def test_several_breaks_are_all_named(made: Made, source: sqlite3.Connection) -> None:
    copy = Copy.of(source, seed=1)
    for way, at in (("edit", 20), ("swap actor", 77), ("delete", 130)):
        WAYS[way](copy, at, RECORDS)
    found = verify_pages([copy.rows()], [made.lines], key=made.key, head=copy.head())
    assert [(one.kind, one.first) for one in found.breaks[:3]] == [
        ("edited", 20),
        ("edited", 77),
        ("missing", 130),
    ]
    copy.connection.close()


def test_a_checkpoint_cannot_be_forged_changed_or_taken_out(made: Made, source: sqlite3.Connection) -> None:
    import msgspec

    def verdict(lines: list[Line]) -> list[Any]:
        found = verify_pages([Copy.of(source, 1).rows()], [lines], key=made.key)
        return [(one.kind, one.last) for one in found.breaks]

    assert verdict(made.lines) == []
    taken_out = [*made.lines[:3], *made.lines[4:]]
    assert verdict(taken_out) == [("checkpoint", 5 * SPACING)]
    mark = made.lines[2].checkpoint
    assert mark is not None
    changed = msgspec.structs.replace(mark, count=mark.count + 1)
    assert ("checkpoint", mark.count + 1) in verdict(
        [*made.lines[:2], Line(3, changed, made.lines[2].sha256), *made.lines[3:]]
    )
    with_another_key = verify_pages([Copy.of(source, 1).rows()], [made.lines], key="00" * 32)
    assert {one.kind for one in with_another_key.breaks} == {"checkpoint"}


def test_the_same_key_signing_an_older_copy_is_found(
    made: Made, source: sqlite3.Connection, tmp_path: Path
) -> None:
    """The database is put back, the checkpoints are not, and Retinue goes on and signs."""
    import shutil

    shutil.copytree(made.path.parent, tmp_path / "state")
    path = tmp_path / "state" / "store.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE number > 100")
        connection.execute(
            "UPDATE audit_head SET count = 100, hash = (SELECT hash FROM audit WHERE number = 100)"
        )
    store = Store(path)
    for _ in range(200):
        with store.transaction() as session:
            on_record(session, "switch.stop", "switch", "1", actor="ada")
        if _ == 5:
            assert store.checkpoints.write(store) is not None
    found = verify(store)
    store.close()
    assert ("cut off", 107, 240) in {(one.kind, one.first, one.last) for one in found.breaks}
    assert ("replaced", 120) in {(one.kind, one.last) for one in found.breaks}
