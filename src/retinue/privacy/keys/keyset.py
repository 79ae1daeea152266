"""A keyset: the keys of one purpose, of which one is primary and seals, and all open. AES-256-GCM by Tink.

What a keyset encrypts begins with the number of the key, so that rows can be counted by key.
"""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

from retinue.errors import ArtefactError
from retinue.privacy.keys.kek import Kek

__all__ = ["PURPOSES", "Keyset", "Purpose", "key_of"]

Purpose = Literal["personal", "signing"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""`personal` wraps the data keys of customers; `signing` seals the private halves of signing keys."""

_PREFIX = 5  # a version byte of Tink's and the number of the key


def key_of(ciphertext: bytes) -> int | None:
    """The number of the key that encrypted it; None when it is not of a keyset.

    >>> keyset = Keyset.new()
    >>> key_of(keyset.encrypt(b"x", b"")) == keyset.primary
    True
    """
    if len(ciphertext) <= _PREFIX or ciphertext[0] != 1:
        return None
    return int.from_bytes(ciphertext[1:_PREFIX], "big")


class Keyset:
    """The keys of one purpose, opened; unchangeable: a rotation gives another one."""

    def __init__(self, handle: Any) -> None:
        from tink import aead

        self._handle = handle
        info = handle.keyset_info()
        self.primary: int = info.primary_key_id
        self.ids: tuple[int, ...] = tuple(key.key_id for key in info.key_info)
        self._aead = handle.primitive(aead.Aead)

    @classmethod
    def new(cls) -> Keyset:
        """A keyset of one new key."""
        import tink
        from tink import aead

        aead.register()
        return cls(tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM))

    @classmethod
    def unwrap(cls, wrapped: str, kek: Kek, purpose: str) -> Keyset:
        """What `wrap` gave. Raises ArtefactError when the KEK is another one or the text was altered."""
        import tink
        from tink import aead, json_proto_keyset_format

        aead.register()
        try:
            handle = json_proto_keyset_format.parse_encrypted(wrapped, kek.aead, _bound(purpose))
        except tink.TinkError as error:
            raise ArtefactError(
                f"The keyset '{purpose}' cannot be opened by the key {kek.id}.",
                where=f"encryption.kek = {kek.source!r}",
                fix="Restore the key and the store from the same backup; for a KMS, see that the key is "
                "enabled and this process may decrypt with it.",
            ) from error
        return cls(handle)

    def wrap(self, kek: Kek, purpose: str) -> str:
        """The keyset as it is kept: JSON, its keys encrypted by the KEK for this purpose only."""
        from tink import json_proto_keyset_format

        text: str = json_proto_keyset_format.serialize_encrypted(self._handle, kek.aead, _bound(purpose))
        return json.dumps(json.loads(text), separators=(",", ":"))

    def encrypt(self, value: bytes, bound: bytes) -> bytes:
        """Encrypt under the primary key, bound to associated data."""
        return bytes(self._aead.encrypt(value, bound))

    def decrypt(self, ciphertext: bytes, bound: bytes) -> bytes:
        """What was encrypted for the same associated data. Raises ArtefactError otherwise."""
        import tink

        try:
            return bytes(self._aead.decrypt(ciphertext, bound))
        except tink.TinkError as error:
            raise ArtefactError(
                "A sealed value cannot be opened.",
                where=bound.decode(errors="replace"),
                fix="Restore the store from a backup: the value was altered, or belongs to another row.",
            ) from error

    def rotated(self) -> Keyset:
        """The same keys and a new one, which is primary."""
        fresh = json.loads(_clear(Keyset.new()._handle))
        body = json.loads(_clear(self._handle))
        # Two keys of one number would be told apart by nobody; numbers are drawn from 2^32.
        if fresh["primaryKeyId"] in self.ids:
            return self.rotated()
        return _of({"primaryKeyId": fresh["primaryKeyId"], "key": body["key"] + fresh["key"]})

    def without(self, key_id: int) -> Keyset:
        """The same keys but one, which then opens nothing any more. Not the primary one."""
        if key_id == self.primary:
            raise ValueError("the primary key cannot be taken out")
        body = json.loads(_clear(self._handle))
        return _of({**body, "key": [key for key in body["key"] if key["keyId"] != key_id]})


def _clear(handle: Any) -> str:
    from tink import json_proto_keyset_format, secret_key_access

    return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _of(body: dict[str, Any]) -> Keyset:
    from tink import json_proto_keyset_format, secret_key_access

    return Keyset(json_proto_keyset_format.parse(json.dumps(body), secret_key_access.TOKEN))


def _bound(purpose: str) -> bytes:
    return f"retinue/keyset/{purpose}".encode()
