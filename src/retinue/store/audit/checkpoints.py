"""Signed checkpoints of the trail, outside the database: how many records there were, the hash of the last.

A chain alone cannot tell that its end was cut off, that an old copy was put in its place, or that it was
written anew as a whole. A checkpoint can: whoever changes the database cannot sign another one without the
key, and each names the hash of the one before, so that none can be taken out of the middle.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from retinue.errors import AuditError
from retinue.store.accounts import naive
from retinue.telemetry import logger

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from retinue.store.audit.record import Head
    from retinue.store.base import Store

__all__ = ["EVERY", "Checkpoint", "Checkpoints", "read_checkpoints"]

EVERY = 1_000
"""Records after which a checkpoint is written by itself."""

_TAIL = 16_384
"""Bytes in which the last line surely lies."""


class Checkpoint(msgspec.Struct, frozen=True):
    """One line of the file. key: the public key that signed it; previous: SHA-256 of the line before."""

    count: int
    head: str
    at: str
    previous: str
    key: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return msgspec.json.encode((self.count, self.head, self.at, self.previous, self.key))

    def genuine(self) -> bool:
        """Whether the signature is that of the key it names."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file of checkpoints: its number from 1, and what it holds; None where it cannot be read."""

    number: int
    checkpoint: Checkpoint | None
    sha256: str


def read_checkpoints(path: Path) -> list[Line]:
    """The lines of a file, oldest first; a last line that was not written to its end is left out."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [
        Line(number, _read(line), hashlib.sha256(line).hexdigest())
        for number, line in enumerate(content.split(b"\n")[:-1], 1)
        if line
    ]


class Checkpoints:
    """The checkpoints of a workspace.

    Parameters
    ----------
    state: the `.retinue` folder, without which there are none; the key is kept there as `audit_key` and the
        lines in `audit/`.
    copy: another file, best on another machine, that gets each line too.
    """

    def __init__(self, state: Path | None, copy: Path | None = None) -> None:
        self._on = state is not None
        state = state or Path()
        self._key_file = state / "audit_key"
        self.path = state / "audit" / "checkpoints.jsonl"
        self.copy = copy

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        file = self._key_file
        if not file.exists() and _newest(self.path) is not None:
            raise AuditError(
                "The key that signed the checkpoints is gone.",
                where=str(file),
                fix="Restore it from a backup; with a new key the old checkpoints would prove nothing.",
            )
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
                handle.flush()
                os.fsync(handle.fileno())
        try:
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text().strip()))
        except ValueError as error:
            raise AuditError(
                "The key of the checkpoints is damaged.", where=str(file), fix="Restore it from a backup."
            ) from error

    def public_key(self) -> str | None:
        """The public key in hexadecimal digits; None before the first checkpoint."""
        known = self._on and self._key_file.exists()
        return self._private.public_key().public_bytes_raw().hex() if known else None

    def newest(self) -> Checkpoint | None:
        """The last one that was written here; None before the first."""
        found = _newest(self.path) if self._on else None
        return None if found is None else found[0]

    def sign(self, content: bytes) -> tuple[str, str]:
        """A signature of something else that must be provable, such as a certificate: public key, signature.

        Raises AuditError where there is no workspace to keep a key in.
        """
        if not self._on:
            raise AuditError("There is no key to sign with.", where="store", fix="Work in a workspace.")
        public = self._private.public_key().public_bytes_raw().hex()
        return public, self._private.sign(content).hex()

    def write(self, store: Store) -> Checkpoint | None:
        """Sign where the trail stands now, and keep it; None when nothing was recorded since the last one.

        Raises AuditError when it cannot be written.
        """
        from retinue.store.audit.record import head_in

        if not self._on:
            return None
        try:
            # The transaction is the lock between processes: nobody else writes a line meanwhile.
            with store.transaction() as session:
                head = head_in(session)
                newest = _newest(self.path)
                if newest is None:
                    return self._keep(head, "", store.clock()) if head.count else None
                known, sha256 = newest
                if (known.count, known.head) == (head.count, head.hash):
                    return None
                return self._keep(head, sha256, store.clock())
        except OSError as error:
            raise AuditError(
                "A checkpoint of the audit trail cannot be written.",
                where=str(error.filename or self.path),
                fix=f"{error.strerror}: mend it, then: retinue audit checkpoint",
            ) from error

    def try_to_write(self, store: Store) -> None:
        """The same for whoever has something else to do: what goes wrong is logged, and tried again later."""
        try:
            self.write(store)
        except AuditError as error:
            logger("retinue.audit").warning(error.what, where=error.where, fix=error.fix)

    def reached(self, store: Store, head: Head, added: int) -> None:
        """Called after records were added: every so many a checkpoint is written."""
        if head.count // EVERY != (head.count - added) // EVERY:
            self.try_to_write(store)

    def _keep(self, head: Head, previous: str, at: datetime) -> Checkpoint:
        moment = f"{naive(at).isoformat(timespec='microseconds')}Z"
        public = self._private.public_key().public_bytes_raw().hex()
        blank = Checkpoint(head.count, head.hash, moment, previous, public)
        signature = self._private.sign(blank.signed_bytes()).hex()
        found: Checkpoint = msgspec.structs.replace(blank, signature=signature)
        line = msgspec.json.encode(found) + b"\n"
        _add(self.path, line)
        if self.copy is not None:
            _add(self.copy, line)
        return found


def _add(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size:
            handle.seek(size - 1)
            # What a killed process left of its line stands alone, and the new line begins anew.
            line = line if handle.read(1) == b"\n" else b"\n" + line
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())


def _newest(path: Path) -> tuple[Checkpoint, str] | None:
    """The last line that can be read, and its hash."""
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, handle.seek(0, os.SEEK_END) - _TAIL))
            lines = handle.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        found = _read(line)
        if found is not None:
            return found, hashlib.sha256(line).hexdigest()
    return None


def _read(line: bytes) -> Checkpoint | None:
    try:
        return msgspec.json.decode(line, type=Checkpoint)
    except msgspec.DecodeError:
        return None
