"""The key of one encrypted file: random, and kept beside the file, wrapped by the key-encrypting key."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from retinue.errors import ArtefactError
from retinue.privacy.keys.kek import Kek, wrapped_by_another

__all__ = ["FileKey", "key_path"]

_BOUND = b"retinue/file-key/v1"


def key_path(file: Path) -> Path:
    """Where the key of a file is, if it has one.

    >>> key_path(Path("warehouse.duckdb")).name
    'warehouse.duckdb.key'
    """
    return file.with_name(f"{file.name}.key")


class FileKey:
    """The key of a file, in `FILE.key`. kek: what wraps it.

    Every method raises ArtefactError when the key is damaged or wrapped by another key than the one given.
    """

    def __init__(self, file: Path, kek: Kek) -> None:
        self.path = key_path(file)
        self._file, self._kek = file, kek

    def read(self) -> str:
        """The key as 64 hexadecimal digits."""
        copies = self._copies()
        if not copies:
            raise ArtefactError(
                f"The key of {self._file.name} is not there.",
                where=str(self.path),
                fix="Restore it from the backup that has the file: without it the file cannot be read.",
            )
        if self._kek.id not in copies:
            raise wrapped_by_another(f"The key of {self._file.name}", sorted(copies), self._kek)
        import tink

        try:
            return bytes(self._kek.aead.decrypt(base64.b64decode(copies[self._kek.id]), _BOUND)).hex()
        except (tink.TinkError, ValueError) as error:
            raise ArtefactError(
                f"The key of {self._file.name} cannot be opened.",
                where=str(self.path),
                fix="Restore it from a backup.",
            ) from error

    def make(self) -> str:
        """The key, made where there is none; on disk before it is used."""
        if not self.path.exists():
            self._write({self._kek.id: self._wrapped(secrets.token_bytes(32), self._kek)})
        return self.read()

    def rewrap(self, kek: Kek) -> bool:
        """Let one more key-encrypting key open it; whether there is a key."""
        if not self.path.exists():
            return False
        key = bytes.fromhex(self.read())
        self._write({**self._copies(), kek.id: self._wrapped(key, kek)})
        return True

    def forget_others(self) -> None:
        """Let only the key-encrypting key that is given open it."""
        if self.path.exists():
            self.read()
            self._write({self._kek.id: self._copies()[self._kek.id]})

    def remove(self) -> None:
        """Delete it: what it encrypted can be read no more."""
        self.path.unlink(missing_ok=True)

    def _copies(self) -> dict[str, str]:
        try:
            body = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(kek): str(text) for kek, text in body["wrapped"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise ArtefactError(
                f"The key of {self._file.name} is damaged.",
                where=str(self.path),
                fix="Restore it from a backup.",
            ) from error

    def _wrapped(self, key: bytes, kek: Kek) -> str:
        return base64.b64encode(kek.aead.encrypt(key, _BOUND)).decode()

    def _write(self, copies: dict[str, str]) -> None:
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            json.dump({"wrapped": copies}, handle)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(self.path)
