"""What is sealed opens only with its key, in its row and column, unaltered; what is old opens too."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.errors import ArtefactError
from retinue.privacy import Place, seal, unseal
from retinue.privacy.sealing import unseal_old

KEY = os.urandom(32)
ADA = Place("contacts", "sealed", "C1")
PARTS = st.text(max_size=20)
PLACES = st.builds(Place, PARTS, PARTS, PARTS)


@given(st.binary(max_size=500), PLACES)
def test_what_is_sealed_opens_again(value: bytes, place: Place) -> None:
    assert unseal(seal(value, KEY, place), KEY, place) == value


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_bit_altered_does_not_open(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(value, KEY, ADA))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ArtefactError):
        unseal(bytes(sealed), KEY, ADA)


@given(PLACES, PLACES)
def test_no_two_places_are_bound_alike(one: Place, other: Place) -> None:
    assert (one.bound == other.bound) == (one == other)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (KEY, Place("contacts", "sealed", "C2")),
        (KEY, Place("contacts", "name", "C1")),
        (KEY, Place("deliveries", "sealed", "C1")),
        (os.urandom(32), ADA),
    ],
    ids=["row", "column", "table", "key"],
)
def test_another_row_column_table_or_key_does_not_open_it(key: bytes, place: Place) -> None:
    with pytest.raises(ArtefactError, match="cannot be opened"):
        unseal(seal(b"ada@example.org", KEY, ADA), key, place)


@pytest.mark.parametrize("damaged", [b"", b"\x02", b"\x02" + bytes(11), b"\x02" + bytes(40), b"\x03"])
def test_a_stump_does_not_open(damaged: bytes) -> None:
    with pytest.raises(ArtefactError):
        unseal(damaged, KEY, ADA)


@pytest.mark.parametrize("version", [b"\x00", b"\x01", b"\x03"])
def test_another_version_is_refused(version: bytes) -> None:
    sealed = version + seal(b"x", KEY, ADA)[1:]
    with pytest.raises(ArtefactError):
        unseal(sealed, KEY, ADA)
    with pytest.raises(ArtefactError):
        unseal_old(sealed, KEY, "contacts/C1")


def test_what_was_sealed_before_there_were_data_keys_opens() -> None:
    # Sealed by version 1 under the key 00 01 … 1f for the place contacts/C1.
    old = bytes.fromhex(OLD)
    assert unseal_old(old, bytes(range(32)), "contacts/C1") == b"ada@example.org"
    for key, place in ((bytes(32), "contacts/C1"), (bytes(range(32)), "contacts/C2")):
        with pytest.raises(ArtefactError):
            unseal_old(old, key, place)


OLD = "01f1ded8fe21c86ba3fb3e88b59db2b17956a99151ed41f114484c9cd89c565e676fc6cfb37f86004b3d7e27"


def test_no_nonce_comes_twice_and_the_value_cannot_be_seen() -> None:
    found = {seal(b"ada@example.org", KEY, ADA)[1:13] for _ in range(100_000)}
    assert len(found) == 100_000
    assert b"ada" not in seal(b"ada@example.org", KEY, ADA)


@pytest.mark.slow
def test_ten_million_nonces_are_ten_million() -> None:
    import numpy as np

    count, nonces = 10_000_000, bytearray()
    for _ in range(count):
        nonces += seal(b"", KEY, ADA)[1:13]
    assert len(np.unique(np.frombuffer(bytes(nonces), dtype="V12"))) == count
