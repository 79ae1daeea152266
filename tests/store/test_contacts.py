"""Addresses are sealed, words on consent are kept once, suppressed addresses are tokens."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retinue.errors import ArtefactError
from retinue.privacy.keys import Kek
from retinue.store import Store
from retinue.store.consents import Word, mark_told, say, untold, words_of_one
from retinue.store.contacts import (
    Known,
    contact_of,
    contacts_of,
    count_contacts,
    forget_contact,
    keep_contacts,
)
from retinue.store.deliveries import Draft, list_deliveries
from retinue.store.outbox import draft_in, settle_in
from retinue.store.suppression import lift, list_suppressed, suppress, suppressed

KEY = os.urandom(32)
NOW = datetime(2026, 2, 14, tzinfo=UTC)
ADA = Known("C1", name="Ada Lovelace", email="ada@example.org", ids={"stripe": "cus_9"})


def test_a_contact_is_read_as_it_was_kept_and_the_newest_counts(store: Store) -> None:
    assert keep_contacts(store, [ADA, Known("C2", phone="+49 151 2345")], clock=NOW) == 2
    assert contact_of(store, "C1") == ADA
    keep_contacts(store, [Known("C1", email="ada@new.example")], clock=NOW)
    assert contact_of(store, "C1") == Known("C1", email="ada@new.example")
    assert set(contacts_of(store, ["C1", "C2", "C3"])) == {"C1", "C2"}
    assert count_contacts(store) == 2
    assert forget_contact(store, "C1")
    assert not forget_contact(store, "C1")
    assert contact_of(store, "C1") is None


def test_what_was_sent_is_forgotten_with_the_contact_unless_it_is_under_way(store: Store) -> None:
    about = ("dec_1", "CAMP_1", "C1", "email", "message", "retention", 0)
    times = {"planned_at": NOW, "due_at": NOW, "expires_at": NOW + timedelta(days=3)}
    with store.transaction() as session:
        draft_in(session, [Draft(f"d{n}", *about, **times) for n in range(3)], clock=NOW)
        for n, state in enumerate(("sent", "unknown", "sending")):
            settle_in(session, f"d{n}", state, clock=NOW, request=b"sealed")  # type: ignore[arg-type]
    assert forget_contact(store, "C1")
    kept = {one.delivery_id: one.request for one in list_deliveries(store)}
    assert kept == {"d0": None, "d1": b"sealed", "d2": b"sealed"}
    assert not forget_contact(store, "C1")


def test_no_address_stands_in_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    keep_contacts(store, [ADA], clock=NOW)
    suppress(store, "ada@example.org", "bounced", KEY, clock=NOW)
    store.close()
    other = Store(tmp_path / "store.sqlite", kek=Kek.of(os.urandom(32)))
    with pytest.raises(ArtefactError, match="the key given is key:"):
        contact_of(other, "C1")
    other.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for piece in (b"ada@", b"Lovelace", b"cus_9"):
        assert piece not in content


def test_a_word_is_kept_once_and_told_once(store: Store) -> None:
    no = Word("k1", "C1", "email", "retention", False, NOW.replace(tzinfo=None), NOW.replace(tzinfo=None))
    assert (say(store, [no]), say(store, [no])) == (1, 0)
    assert words_of_one(store, "C1") == [no]
    assert untold(store) == [no]
    mark_told(store, [no])
    assert untold(store) == []
    assert words_of_one(store, "C1") == [no]


def test_a_suppressed_address_is_found_however_it_is_written(store: Store) -> None:
    assert suppress(store, "Ada@Example.org ", "complained", KEY, clock=NOW)
    assert not suppress(store, "ada@example.org", "bounced", KEY, clock=NOW)
    suppress(store, "+49 (151) 23-45", "wrong number", KEY, clock=NOW)
    with store.transaction() as session:
        assert suppressed(session, "ada@example.org", KEY) == "complained"
        assert suppressed(session, "+491512345", KEY) == "wrong number"
        assert suppressed(session, "bob@example.org", KEY) is None
    assert {row["reason"] for row in list_suppressed(store)} == {"complained", "wrong number"}
    assert lift(store, "ada@example.org", KEY)
    assert not lift(store, "ada@example.org", KEY)
