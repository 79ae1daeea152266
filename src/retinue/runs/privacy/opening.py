"""What is sealed in the store, opened for the one answer that needs it; the reading is on record before."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.requests import kept_request
from retinue.privacy import Place, seal, unseal, workspace_key
from retinue.store.audit.readings import personal_read
from retinue.store.contacts import contact_of
from retinue.store.deliveries import delivery_of
from retinue.store.subject_keys import data_key_in, data_keys_in
from retinue.store.suppression import address_token

if TYPE_CHECKING:
    from retinue.runs.base import Kept

__all__ = [
    "addresses_of",
    "contact",
    "forget_answer",
    "keep_answer",
    "key_of",
    "opened_answer",
    "request_of_delivery",
    "told",
]

ANSWERS = "privacy/answers"


def key_of(opened: Kept) -> bytes:
    """The workspace's key."""
    return workspace_key(opened.settings.state)


def told(opened: Kept, who: str, what: str, customer_id: str) -> None:
    """Put on record that somebody is about to read personal data of a customer."""
    personal_read(opened.store, who, what, customer_id)


def contact(opened: Kept, customer_id: str) -> dict[str, Any] | None:
    """How the customer can be reached; None where nothing is known."""
    known = contact_of(opened.store, customer_id)
    return None if known is None else msgspec.to_builtins(known)


def request_of_delivery(opened: Kept, delivery_id: str) -> dict[str, Any] | None:
    """What was sent to whom; None before it was sent."""
    delivery = delivery_of(opened.store, delivery_id)
    kept = None if delivery is None else kept_request(opened.store, delivery)
    return None if kept is None else {"recipient": kept.recipient, "body": kept.body}


def addresses_of(opened: Kept, customer_id: str, deliveries: list[str]) -> frozenset[str]:
    """The tokens of every address that is known of a customer."""
    key = key_of(opened)
    known = contact_of(opened.store, customer_id)
    found = set() if known is None else {known.email, known.phone, known.push_id, *known.ids.values()}
    for name in deliveries:
        delivery = delivery_of(opened.store, name)
        kept = None if delivery is None else kept_request(opened.store, delivery)
        if kept is not None:
            found.add(kept.recipient)
    return frozenset(address_token(one, key) for one in found if one and one.strip())


def keep_answer(opened: Kept, request_id: str, customer_id: str, content: bytes) -> str:
    """Keep an answer, sealed under the customer's key, until its time is over; its SHA-256."""
    from retinue.pipeline.artefacts import write_atomically

    store = opened.store
    with store.transaction() as session:
        key = data_keys_in(session, store.vault, [customer_id], now=opened.clock)[customer_id]
    path = _place(opened, request_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, seal(content, key, _bound(request_id)))
    return hashlib.sha256(content).hexdigest()


def opened_answer(opened: Kept, request_id: str, customer_id: str) -> bytes | None:
    """An answer that was kept; None when its time is over, or the customer's key was erased.

    Raises ArtefactError when it cannot be opened.
    """
    path = _place(opened, request_id)
    with opened.store.reading() as session:
        key = data_key_in(session, opened.store.vault, customer_id)
    if key is None or not path.is_file():
        return None
    return unseal(path.read_bytes(), key, _bound(request_id))


def _bound(request_id: str) -> Place:
    return Place("privacy_answers", "sealed", request_id)


def _place(opened: Kept, request_id: str) -> Path:
    return opened.settings.state / ANSWERS / f"{request_id}.sealed"


def forget_answer(opened: Kept, request_id: str) -> bool:
    """Delete an answer that was kept; whether there was one."""
    path = _place(opened, request_id)
    there = path.is_file()
    path.unlink(missing_ok=True)
    return there
