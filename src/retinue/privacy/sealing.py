"""Values that must be read back are sealed: AES-256-GCM under a data key, for one row of one column.

A sealed value is one version byte, a random nonce of 96 bits, and the ciphertext with its tag. The version
and the place it belongs to (table, column, row) are authenticated with it, so that a value copied to another
row or column does not open there.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, NamedTuple

from retinue.errors import ArtefactError

__all__ = ["DATA_KEY", "OLD_VERSION", "Place", "new_data_key", "seal", "unseal", "unseal_old"]

DATA_KEY = 32
"""Bytes of a data key."""

OLD_VERSION = b"\x01"
"""The first byte of what was sealed under the workspace's key itself, before there were data keys."""

_VERSION = b"\x02"
_NONCE = 12


class Place(NamedTuple):
    """Where a value is kept; names of the store, and the row's id."""

    table: str
    column: str
    row: str

    @property
    def bound(self) -> bytes:
        """The place as associated data: no two places are the same bytes.

        >>> Place("a", "b/c", "d").bound != Place("a/b", "c", "d").bound
        True
        """
        parts = [part.encode("utf-8", "surrogatepass") for part in self]
        return b"retinue/2/" + b"".join(b"%d:%s/" % (len(part), part) for part in parts)


def new_data_key() -> bytes:
    """A random data key."""
    return os.urandom(DATA_KEY)


def seal(value: bytes, data_key: bytes, place: Place) -> bytes:
    """Seal a value for a place; other bytes each time.

    >>> key, place = bytes(32), Place("contacts", "sealed", "C1")
    >>> seal(b"x", key, place) != seal(b"x", key, place)
    True
    """
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + bytes(_cipher(data_key).encrypt(nonce, value, place.bound))


def unseal(sealed: bytes, data_key: bytes, place: Place) -> bytes:
    """The value that was sealed for this place.

    Raises ArtefactError when the key is another one, or the bytes were altered or belong elsewhere.
    """
    from cryptography.exceptions import InvalidTag

    if sealed[:1] == _VERSION:
        try:
            return bytes(_cipher(data_key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.bound))
        except (InvalidTag, ValueError):
            pass
    raise _not_opened("/".join(place))


def unseal_old(sealed: bytes, key: bytes, place: str) -> bytes:
    """The value that was sealed under the workspace's key itself, before there were data keys.

    place: the table, the row and, for some, the column, with slashes between. Raises as `unseal`.
    """
    from cryptography.exceptions import InvalidTag

    if sealed[:1] == OLD_VERSION:
        try:
            body = sealed[1 + _NONCE :]
            return bytes(_old_cipher(key).decrypt(sealed[1 : 1 + _NONCE], body, place.encode()))
        except (InvalidTag, ValueError):
            pass
    raise _not_opened(place)


def _not_opened(where: str) -> ArtefactError:
    return ArtefactError(
        "A sealed value cannot be opened.",
        where=where,
        fix="Restore the keys and the store from the same backup.",
    )


def _cipher(data_key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(data_key)


@lru_cache(maxsize=8)
def _old_cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(algorithm=SHA256(), length=DATA_KEY, salt=None, info=b"retinue/seal/v1").derive(key)
    return AESGCM(derived)
