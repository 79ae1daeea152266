"""Keys are rotated under readers and writers, by a process that may be killed; no read fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.store.old_form import seal_as_before

from retinue.errors import ArtefactError, StateError
from retinue.privacy import workspace_key
from retinue.privacy.keys import Kek
from retinue.security.signing import SigningKeys
from retinue.store import Store
from retinue.store.contacts import Known, contact_of, contacts_of, keep_contacts
from retinue.store.resealing import in_old_form, rows_on
from retinue.store.rotating import forget_keks, reencrypt, retire, rewrap, rotate

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
KEK = Kek.of(bytes(range(32)))
PEOPLE = [Known(f"C{n}", email=f"c{n}@example.org") for n in range(30)]
NAMES = [known.customer_id for known in PEOPLE]


def rows(store: Store) -> dict[int, int]:
    with store.reading() as session:
        return rows_on(session, "personal")


def test_a_new_key_seals_at_once_and_the_old_one_goes_when_nothing_is_left_of_it(store: Store) -> None:
    keep_contacts(store, PEOPLE, clock=NOW)
    (old,) = rows(store)
    new = rotate(store, now=NOW)["personal"]
    keep_contacts(store, [Known("later", email="later@example.org")], clock=NOW)
    assert rows(store) == {old: 30, new: 1}
    assert retire(store, now=NOW) == []  # 30 rows are on it
    done = reencrypt(store, now=NOW, at_once=7)
    assert (done.done, done.failed) == (30, [])
    assert rows(store) == {new: 31}
    assert retire(store, now=NOW) == [old]
    assert contacts_of(store, NAMES) == {known.customer_id: known for known in PEOPLE}
    again = reencrypt(store, now=NOW)
    assert (again.done, again.failed) == (0, [])


def test_the_private_halves_of_signing_keys_are_sealed_anew_too(store: Store) -> None:
    keys = SigningKeys(store, days=90)
    token = keys.sign({"sub": "ada"}, "JWT", NOW)
    old = next(iter(_on(store, "signing")))
    new = rotate(store, now=NOW)["signing"]
    assert reencrypt(store, now=NOW).done == 1
    assert retire(store, now=NOW) == [old]
    assert _on(store, "signing") == {new: 1}
    later = SigningKeys(store, days=90)
    assert later.sign({"sub": "ada"}, "JWT", NOW).split(".")[0] == token.split(".")[0]  # by the same key


def _on(store: Store, purpose: str) -> dict[int, int]:
    with store.reading() as session:
        return rows_on(session, purpose)


def test_no_reader_and_no_writer_fails_while_keys_are_rotated(place: Path | str) -> None:
    store = Store(place, kek=KEK)
    keep_contacts(store, PEOPLE, clock=NOW)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(place)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    done, failed, read = threading.Event(), [], [0]

    def reads() -> None:
        mine = Store(place, kek=KEK)
        while not done.is_set():
            try:
                assert contacts_of(mine, NAMES).keys() >= set(NAMES)
                read[0] += 1
                done.wait(0.01)
            except BaseException as error:
                failed.append(repr(error))
        mine.close()

    def writes() -> None:
        mine, n = Store(place, kek=KEK), 0
        while not done.is_set():
            try:
                n += 1
                keep_contacts(mine, [Known(f"W{n}", email="w@example.org"), PEOPLE[n % 30]], clock=NOW)
            except BaseException as error:
                failed.append(repr(error))
        mine.close()

    threads = [threading.Thread(target=work) for work in (reads, reads, writes)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            rotate(store, now=NOW)
            reencrypt(store, now=NOW, at_once=5)
            retire(store, now=NOW)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    out, _ = reader.communicate("stop\n", timeout=30)
    assert failed == []
    assert read[0] > 3
    times, _, wrong = out.strip().partition(" ")
    assert int(times) > 3
    assert wrong == ""
    reencrypt(store, now=NOW)
    retire(store, now=NOW)
    assert len(rows(store)) == 1
    store.close()


READER = f"""
import sys, threading
from retinue.privacy.keys import Kek
from retinue.store import Store
from retinue.store.contacts import contacts_of
store, names = Store(sys.argv[1], kek=Kek.of(bytes(range(32)))), {NAMES!r}
contacts_of(store, names)
print("ready", flush=True)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
times, wrong = 0, ""
while not stop.is_set():
    try:
        found = contacts_of(store, names)
        assert all(found[n].email for n in names)
        times += 1
    except BaseException as error:
        wrong = repr(error)
print(times, wrong)
"""


def killed(path: Path, point: str) -> int:
    """The signal that ended a process which rotates the keys of a store and is broken at a point."""
    child = os.fork()
    if child == 0:
        os.environ["RETINUE_FAULT"] = f"{point}:kill"
        mine = Store(path, kek=KEK)
        rotate(mine, now=NOW)
        reencrypt(mine, now=NOW, at_once=10)
        retire(mine, now=NOW)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    "point",
    ["vault.rotating:1", "vault.rotated:1", "vault.resealing:2", "vault.resealed:2", "vault.retiring:1"],
)
def test_a_rotation_that_was_killed_goes_on(tmp_path: Path, point: str) -> None:
    store = Store(tmp_path / "store.sqlite", kek=KEK)
    keep_contacts(store, PEOPLE, clock=NOW)
    (old,) = rows(store)
    store.close()  # no connection of it is taken into the other process
    assert killed(tmp_path / "store.sqlite", point) == signal.SIGKILL
    assert len(contacts_of(store, NAMES)) == 30
    reencrypt(store, now=NOW)
    retire(store, now=NOW)
    assert len(contacts_of(store, NAMES)) == 30
    assert list(rows(store).values()) == [30]
    assert (old in rows(store)) == (
        point == "vault.rotating:1"
    )  # before that step was kept nothing was rotated
    store.close()


def test_two_ciphertexts_in_each_others_row_do_not_open(store: Store) -> None:
    keep_contacts(store, PEOPLE[:2], clock=NOW)
    for table, column in (("contacts", "sealed"), ("subject_keys", "wrapped")):
        for expected in (False, True):  # there, and back
            with store.engine.begin() as connection:
                kept = connection.execute(text(f"SELECT customer_id, {column} FROM {table}")).all()
                for one, other in ((kept[0], kept[1]), (kept[1], kept[0])):
                    connection.execute(
                        text(f"UPDATE {table} SET {column} = :v WHERE customer_id = :c"),
                        {"v": other[1], "c": one[0]},
                    )
            if expected:
                assert len(contacts_of(store, NAMES)) == 2
            else:
                with pytest.raises(ArtefactError, match="cannot be opened"):
                    contact_of(store, "C0")


def test_an_old_workspace_opens_and_is_sealed_anew(tmp_path: Path) -> None:
    key = workspace_key(tmp_path)
    store = Store(tmp_path / "store.sqlite")
    seal_as_before(store, key, PEOPLE, delivery="dlv_1", signing="kid_1")
    assert contacts_of(store, NAMES) == {known.customer_id: known for known in PEOPLE}
    with store.reading() as session:
        assert in_old_form(session) == {"contacts": 30, "deliveries": 1, "signing_keys": 1}
    done = reencrypt(store, now=NOW, at_once=11)
    assert (done.done, done.failed) == (32, [])
    with store.reading() as session:
        assert in_old_form(session) == {}
    assert contacts_of(store, NAMES) == {known.customer_id: known for known in PEOPLE}
    store.close()


def test_what_cannot_be_opened_is_named_and_left_and_the_others_go_on(tmp_path: Path) -> None:
    key = workspace_key(tmp_path)
    store = Store(tmp_path / "store.sqlite")
    seal_as_before(store, key, PEOPLE)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE contacts SET sealed = x'0102' WHERE customer_id = 'C3'"))
    done = reencrypt(store, now=NOW, at_once=4)
    assert done.done == 29
    assert [one.split(":")[0] for one in done.failed] == ["contacts C3"]
    store.close()


def test_the_key_encrypting_key_is_replaced_without_a_pause(store: Store, place: Path | str) -> None:
    keep_contacts(store, PEOPLE, clock=NOW)
    new = Kek.of(os.urandom(32))
    assert rewrap(store, new, now=NOW) == 1
    with pytest.raises(StateError, match="being replaced"):
        rotate(store, now=NOW)
    other = Store(place, kek=new)
    assert len(contacts_of(other, NAMES)) == len(contacts_of(store, NAMES)) == 30
    assert forget_keks(other) == [KEK.id]
    late = Store(place, kek=KEK)
    with pytest.raises(ArtefactError, match=f"wrapped by {new.id}; the key given is {KEK.id}"):
        contacts_of(late, NAMES)
    rotate(other, now=NOW)
    assert reencrypt(other, now=NOW).done == 30
    for one in (late, other):
        one.close()


def test_a_keyset_that_was_never_kept_is_not_used(store: Store, place: Path | str) -> None:
    def undone() -> None:
        with store.transaction() as session:
            store.vault.writing(session, "personal", now=NOW)
            store.vault.held(session, "personal")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    other = Store(place, kek=KEK)
    keep_contacts(other, PEOPLE[:1], clock=NOW)
    keep_contacts(store, PEOPLE[1:2], clock=NOW)
    assert list(rows(store).values()) == [2]
    assert len(contacts_of(other, NAMES)) == 2
    other.close()
