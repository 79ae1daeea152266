"""Writes what an older Retinue wrote: values sealed by the workspace's key itself."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import insert

from retinue.store import Store
from retinue.store.base import declared
from retinue.store.contacts import Known

AT = "2026-02-01 00:00:00"


def seal_as_before(
    store: Store,
    key: bytes,
    people: Sequence[Known],
    *,
    delivery: str | None = None,
    signing: str | None = None,
) -> None:
    """Contacts, and if named a delivery of the first of them with its request, and a signing key."""
    from datetime import datetime

    at = datetime.fromisoformat(AT)
    tables = declared().metadata.tables
    with store.engine.begin() as connection:
        for known in people:
            sealed = _sealed(msgspec.json.encode(known), key, f"contacts/{known.customer_id}")
            connection.execute(
                insert(tables["contacts"]).values(customer_id=known.customer_id, sealed=sealed, changed_at=at)
            )
        if delivery is not None:
            body = msgspec.json.encode({"recipient": people[0].email, "body": {"text": "Hello"}})
            row = {
                "delivery_id": delivery,
                "decision_id": "dec_1",
                "campaign_id": "CAMP_1",
                "customer_id": people[0].customer_id,
                "channel": "email",
                "kind": "message",
                "purpose": "retention",
                "content": {},
                "planned_cents": 0,
                "state": "sent",
                "reason": "",
                "planned_at": at,
                "due_at": at,
                "expires_at": at,
                "changed_at": at,
                "request": _sealed(body, key, f"deliveries/{delivery}"),
            }
            connection.execute(insert(tables["deliveries"]).values(row))
        if signing is not None:
            sealed = _sealed(b"{}", key, f"signing_keys/{signing}/private")
            connection.execute(
                insert(tables["signing_keys"]).values(kid=signing, public={}, sealed=sealed, created_at=at)
            )


def _sealed(value: bytes, key: bytes, place: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"retinue/seal/v1").derive(key)
    nonce = os.urandom(12)
    return b"\x01" + nonce + AESGCM(derived).encrypt(nonce, value, place.encode())
