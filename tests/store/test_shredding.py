"""A customer whose key was erased can be read by nobody, also in a copy of what was sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.store.old_form import seal_as_before

from retinue.campaigns.requests import kept_request
from retinue.privacy import workspace_key
from retinue.privacy.keys import Kek
from retinue.store import Store
from retinue.store.audit.record import Record
from retinue.store.contacts import Contact, Known, contact_of, contacts_of, keep_contacts
from retinue.store.deliveries import delivery_of
from retinue.store.resealing import without_key
from retinue.store.rotating import reencrypt, retire, rotate
from retinue.store.shredding import Shredded, shred, shred_in
from retinue.store.subject_keys import SubjectKey, data_key_in

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
ADA, BOB = Known("C1", email="ada@example.org"), Known("C2", email="bob@example.org")


def test_a_copy_of_what_was_sealed_opens_no_more_and_the_others_do(store: Store) -> None:
    keep_contacts(store, [ADA, BOB], clock=NOW)
    with store.reading() as session:
        copy = session.execute(select(Contact.__table__).where(Contact.customer_id == "C1")).mappings().one()
    assert shred(store, "C1") == Shredded(key=True, contact=True, requests=0)
    with store.engine.begin() as connection:
        connection.execute(Contact.__table__.insert().values(**copy))  # as if the table came from a backup
    assert contact_of(store, "C1") is None
    assert contacts_of(store, ["C1", "C2"]) == {"C2": BOB}
    with store.reading() as session:
        assert without_key(session) == 1
        said = session.scalars(select(Record).where(Record.action == "subject.shredded")).one()
    assert (said.kind, said.object_id) == ("customer", "C1")
    shred(store, "C1")
    assert shred(store, "C1") == Shredded(key=False, contact=False, requests=0)


def test_the_record_can_leave_their_id_out(store: Store) -> None:
    keep_contacts(store, [ADA], clock=NOW)
    with store.transaction() as session:
        shred_in(session, "C1", named="tok_1")
    with store.reading() as session:
        said = session.scalars(select(Record).where(Record.action == "subject.shredded")).one()
    assert said.object_id == "tok_1"


def test_a_customer_who_comes_back_has_another_key(store: Store) -> None:
    keep_contacts(store, [ADA], clock=NOW)
    with store.reading() as session:
        before = data_key_in(session, store.vault, "C1")
    shred(store, "C1")
    keep_contacts(store, [ADA], clock=NOW)
    with store.reading() as session:
        assert data_key_in(session, store.vault, "C1") not in (before, None)
    assert contact_of(store, "C1") == ADA


def test_the_key_is_not_left_in_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    keep_contacts(store, [ADA, BOB], clock=NOW)
    with store.reading() as session:
        wrapped = session.scalar(select(SubjectKey.wrapped).where(SubjectKey.customer_id == "C1"))
        other = session.scalar(select(SubjectKey.wrapped).where(SubjectKey.customer_id == "C2"))
    assert wrapped is not None
    assert other is not None
    rotate(store, now=NOW)
    reencrypt(store, now=NOW)
    retire(store, now=NOW)
    with store.reading() as session:
        later = session.scalar(select(SubjectKey.wrapped).where(SubjectKey.customer_id == "C1"))
        kept = session.scalar(select(SubjectKey.wrapped).where(SubjectKey.customer_id == "C2"))
    assert later is not None
    assert kept is not None
    shred(store, "C1")
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert kept in content
    for gone in (wrapped, later, other):  # the last was wrapped anew
        assert gone not in content
    store.close()


@pytest.mark.parametrize("anew", [False, True])
def test_a_kept_request_goes_too_sealed_anew_or_not(tmp_path: Path, anew: bool) -> None:
    key = workspace_key(tmp_path)
    store = Store(tmp_path / "store.sqlite", kek=Kek(state=tmp_path))
    seal_as_before(store, key, [ADA, BOB], delivery="dlv_1")
    if anew:
        reencrypt(store, now=NOW)
    delivery = delivery_of(store, "dlv_1")
    assert delivery is not None
    kept = kept_request(store, delivery)
    assert kept is not None
    assert kept.recipient == "ada@example.org"
    done = shred(store, "C1")
    assert (done.contact, done.requests) == (True, 1)
    later = delivery_of(store, "dlv_1")
    assert later is not None
    assert kept_request(store, later) is None
    if anew:
        assert kept_request(store, delivery) is None  # the bytes from before, as a backup has them
    with store.engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subject_keys")) == int(anew)
    store.close()
