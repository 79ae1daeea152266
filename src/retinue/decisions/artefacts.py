"""The bytes of every model that ever decided, kept under their own hash."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from retinue.errors import ArtefactError

__all__ = ["ModelStore", "write_bytes"]


class ModelStore:
    """A folder of files named by the SHA-256 of their content, such as `.retinue/models`.

    >>> import tempfile
    >>> store = ModelStore(Path(tempfile.mkdtemp()))
    >>> store.get(store.put(b"a model"))
    b'a model'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their hash; keeping the same bytes twice changes nothing."""
        name = hashlib.sha256(content).hexdigest()
        path = self.folder / name
        if not path.exists():
            write_bytes(path, content)
        return name

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash. Raises ArtefactError when they are missing or were altered."""
        if re.fullmatch(r"[0-9a-f]{64}", sha256) is None:
            raise ArtefactError(f"'{sha256}' is not the hash of a model.", where=str(self.folder))
        path = self.folder / sha256
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise ArtefactError(
                "A model that a decision was made with is missing.",
                where=str(path),
                fix="Restore it from a backup of the folder.",
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ArtefactError(
                f"A model was altered: its content has the hash {found}.",
                where=str(path),
                fix="Restore it from a backup of the folder.",
            )
        return content


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
