"""Values that must be read back are sealed: AES-256-GCM under a key derived from the workspace's own.

A sealed value is one version byte, a random nonce of 96 bits, and the ciphertext with its tag. The place a
value belongs to (table, row, field) is authenticated with it, so that a value copied to another row does not
open there.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from retinue.errors import ArtefactError

__all__ = ["seal", "unseal"]

_VERSION = b"\x01"
_NONCE = 12


def seal(value: bytes, key: bytes, *, place: str) -> bytes:
    """Seal a value for a place; other bytes each time. `key`: the 32 bytes of `workspace_key`.

    >>> seal(b"x", bytes(32), place="a") != seal(b"x", bytes(32), place="a")
    True
    """
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + bytes(_cipher(key).encrypt(nonce, value, place.encode()))


def unseal(sealed: bytes, key: bytes, *, place: str) -> bytes:
    """The value that was sealed for this place.

    Raises ArtefactError when the key is another one, or the bytes were altered or belong elsewhere.
    """
    from cryptography.exceptions import InvalidTag

    if sealed[:1] == _VERSION:
        try:
            body = sealed[1 + _NONCE :]
            return bytes(_cipher(key).decrypt(sealed[1 : 1 + _NONCE], body, place.encode()))
        except (InvalidTag, ValueError):
            pass
    raise ArtefactError(
        "A sealed value cannot be opened.",
        where=place,
        fix="Restore the workspace's key and the store from the same backup.",
    )


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"retinue/seal/v1").derive(key)
    return AESGCM(derived)
