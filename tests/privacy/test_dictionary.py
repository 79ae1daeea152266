"""Whoever has the store and a list of addresses, but no key, recognises nobody."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from retinue.privacy import tokenise
from retinue.store import Store
from retinue.store.contacts import Known, keep_contacts
from retinue.store.suppression import list_suppressed, suppress

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
NAMES = ("ada", "bob", "carla", "dev", "eve", "finn", "gina", "hugo", "ines", "jo")
ADDRESSES = [f"{name}.{n}@example.org" for name in NAMES for n in range(500)]
CHOSEN = ADDRESSES[::50]


def guesses(address: str) -> Iterator[bytes]:
    """What somebody without the key would try."""
    for text in (address, address.upper(), f"{address}\n"):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            yield hashlib.new(name, text.encode()).digest()
        for key in (b"", b"retinue", b"key", bytes(32)):
            yield hmac.digest(key, text.encode(), "sha256")


def test_a_list_of_addresses_finds_nobody_in_the_store_and_with_the_key_everybody(tmp_path: Path) -> None:
    key = os.urandom(32)
    store = Store(tmp_path / "store.sqlite")
    keep_contacts(store, [Known(f"C{n}", email=one) for n, one in enumerate(CHOSEN)], clock=NOW)
    for address in CHOSEN:
        suppress(store, address, "bounced", key, clock=NOW)
    kept = {str(row["token"]) for row in list_suppressed(store)}
    store.close()
    assert len(kept) == len(CHOSEN)
    # Cut as a token is, so that a hash cut to its length would be found.
    hashes = {guess.hex()[:32] for address in ADDRESSES for guess in guesses(address)}
    assert kept.isdisjoint({f"tok_{one}" for one in hashes})
    assert kept == {tokenise(address, key) for address in ADDRESSES} & kept
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir() if "sqlite" in file.name)
    for address in CHOSEN[:20]:
        for guess in guesses(address):
            assert guess[:16] not in content
            assert guess.hex()[:32].encode() not in content
