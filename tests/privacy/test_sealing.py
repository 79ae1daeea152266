"""What is sealed opens only with its key, in its place, unaltered."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.errors import ArtefactError
from retinue.privacy import seal, unseal

KEY = os.urandom(32)


@given(st.binary(max_size=500), st.text(max_size=40).filter(lambda t: t.isascii()))
def test_what_is_sealed_opens_again(value: bytes, place: str) -> None:
    assert unseal(seal(value, KEY, place=place), KEY, place=place) == value


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_bit_altered_does_not_open(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(value, KEY, place="contacts/C1"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ArtefactError):
        unseal(bytes(sealed), KEY, place="contacts/C1")


def test_another_row_or_key_does_not_open_it() -> None:
    sealed = seal(b"ada@example.org", KEY, place="contacts/C1")
    for key, place in ((KEY, "contacts/C2"), (os.urandom(32), "contacts/C1")):
        with pytest.raises(ArtefactError, match="cannot be opened"):
            unseal(sealed, key, place=place)


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01" + bytes(11), b"\x02" + bytes(40)])
def test_a_stump_does_not_open(damaged: bytes) -> None:
    with pytest.raises(ArtefactError):
        unseal(damaged, KEY, place="contacts/C1")


def test_the_value_cannot_be_seen() -> None:
    sealed = seal(b"ada@example.org", KEY, place="contacts/C1")
    assert b"ada" not in sealed
    assert len({seal(b"x", KEY, place="p") for _ in range(200)}) == 200
