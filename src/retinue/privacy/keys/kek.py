"""The key-encrypting key: what wraps every other key, and is kept outside the database.

| written | it is |
| --- | --- |
| `file:key` | the workspace's own key file (the default), made on first use |
| `file:PATH` | another file of 64 hexadecimal digits, readable by its owner only; relative to `.retinue` |
| `env:NAME` | an environment variable of 64 hexadecimal digits |
| `SCHEME://…` | a key that never leaves a key-management service (`retinue.privacy.keys.kms`) |
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import ArtefactError, SettingsError
from retinue.privacy.keys.kms import kms_aead
from retinue.privacy.tokens import KEY_FILE, workspace_key

if TYPE_CHECKING:
    from retinue.settings import Settings

__all__ = ["DEFAULT_KEK", "Kek", "wrapped_by_another"]

DEFAULT_KEK = f"file:{KEY_FILE}"
_BYTES = 32
_WHERE = "encryption.kek"


class Kek:
    """A key-encrypting key; read, or connected to, when it is first used.

    Parameters
    ----------
    source: as in the table above. state: the workspace's folder `.retinue`; None where there is none.
    client: for a KMS, `module:function` that gives or registers Tink's client of it.

    Using it raises SettingsError where the source is not there or is no key.
    """

    def __init__(
        self, source: str = DEFAULT_KEK, *, state: Path | None = None, client: str | None = None
    ) -> None:
        self.source, self.state = source, state
        self._client = client
        self._given: bytes | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Kek:
        """The key of a workspace, as `[encryption]` has it."""
        chosen = settings.encryption
        return cls(chosen.kek, state=settings.state, client=chosen.kms_client)

    @classmethod
    def of(cls, key: bytes) -> Kek:
        """A key that is given as it is (32 bytes)."""
        made = cls("given")
        made._given = key
        return made

    @cached_property
    def id(self) -> str:
        """What tells this key from others; of a local key a fingerprint, which does not give it away.

        >>> Kek.of(bytes(32)).id
        'key:91a25c07c7fc6bcb'
        """
        if "://" in self.source:
            return self.source
        return f"key:{_derived(self._local, b'retinue/kek/id')[:8].hex()}"

    @cached_property
    def aead(self) -> Any:
        """The key as Tink's `Aead`."""
        if "://" in self.source:
            return kms_aead(self.source, self._client)
        return _local_aead(_derived(self._local, b"retinue/kek/v1"))

    @cached_property
    def old_key(self) -> bytes | None:
        """The key under which values were sealed before there were keysets; None where there is none."""
        if self._given is not None:
            return self._given
        there = self.state is not None and (self.state / KEY_FILE).exists()
        return workspace_key(self.state) if there and self.state is not None else None

    @cached_property
    def _local(self) -> bytes:
        if self._given is not None:
            return self._given
        kind, _, name = self.source.partition(":")
        if kind == "env" and name.upper().startswith("RETINUE_"):
            raise SettingsError(
                f"The variable {name} would be read as a setting.",
                where=_WHERE,
                fix="Give the key a variable whose name does not begin with RETINUE_.",
            )
        if kind == "env" and name:
            return _read(os.environ.get(name), f"environment variable {name}")
        if kind == "file" and name:
            return self._of_file(name)
        raise SettingsError(
            f"'{self.source}' is no source of a key.",
            where=_WHERE,
            fix="Write file:PATH, env:NAME, or the address of a key in a KMS such as gcp-kms://….",
        )

    def _of_file(self, name: str) -> bytes:
        if self.state is None and not Path(name).is_absolute():
            raise SettingsError(
                "The key that opens what is sealed is in the workspace, and no workspace is open.",
                where=_WHERE,
                fix="Open the store with the workspace's folder `.retinue`, or with a key of its own.",
            )
        path = (self.state or Path()) / name
        if self.state is not None and self.source == DEFAULT_KEK:
            return workspace_key(self.state)
        try:
            text = path.read_text(encoding="ascii", errors="replace")
            mode = path.stat().st_mode & 0o777
        except OSError as error:
            raise SettingsError(
                "The file with the key-encrypting key cannot be read.",
                where=str(path),
                fix=f"Restore it from where you keep keys, or correct {_WHERE} ({error.strerror}).",
            ) from error
        if mode & 0o077:
            raise SettingsError(
                f"Others can read the key-encrypting key (mode {mode:o}).",
                where=str(path),
                fix=f"chmod 600 {path}",
            )
        return _read(text, str(path))


def _read(text: str | None, where: str) -> bytes:
    """The 32 bytes of 64 hexadecimal digits; what was read is never shown."""
    make = "Set it to 64 hexadecimal digits, as `openssl rand -hex 32` makes them"
    if text is None or not text.strip():
        raise SettingsError(
            "The key-encrypting key is not there.", where=where, fix=f"{make}, or restore it."
        )
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise SettingsError(
            "The key-encrypting key is not of 32 bytes.", where=where, fix=f"{make}; restore what it was."
        )
    return key


def _derived(key: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=info).derive(key)


def _local_aead(key: bytes) -> Any:
    """AES-256-GCM under a key of 32 bytes, with the face of Tink's `Aead`."""
    import tink
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from tink import aead

    cipher, nonce = AESGCM(key), 12

    class Local(aead.Aead):  # type: ignore[misc]
        def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
            given = os.urandom(nonce)
            return given + cipher.encrypt(given, plaintext, associated_data)

        def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
            try:
                return cipher.decrypt(ciphertext[:nonce], ciphertext[nonce:], associated_data)
            except (InvalidTag, ValueError) as error:
                raise tink.TinkError("the key does not open it") from error

    return Local()


def wrapped_by_another(what: str, found: list[str], kek: Kek) -> ArtefactError:
    """The error of a key that the present KEK does not open. found: the ids of the KEKs that would."""
    return ArtefactError(
        f"{what} is wrapped by {' and '.join(found)}; the key given is {kek.id}.",
        where=f"{_WHERE} = {kek.source!r}",
        fix="Restore the key that was in use (with the default it is the file .retinue/key), or name its "
        f"place in {_WHERE}. Without it nothing sealed can be read again.",
    )
