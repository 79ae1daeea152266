"""The bytes of every model that ever decided, kept under their own hash."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retinue.errors import ArtefactError

__all__ = ["Beside", "ModelStore", "write_bytes"]


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

    def beside(self, sha256: str, what: str) -> Beside:
        """A place beside the model of that hash for something that can be made from it again.

        >>> import tempfile
        >>> place = ModelStore(Path(tempfile.mkdtemp())).beside("0" * 64, "trees")
        >>> place.read(), place.write(b"made"), place.read()
        (None, None, b'made')
        """
        return Beside(self.folder / f"{sha256}.{what}")


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that may be missing at any time, and is then made anew."""

    path: Path

    def read(self) -> bytes | None:
        """What was written; None when there is nothing that can be read."""
        try:
            return self.path.read_bytes()
        except OSError:
            return None

    def write(self, content: bytes) -> None:
        """Keep the content if the folder allows it: without it, the next process makes it again."""
        with suppress(OSError):
            write_bytes(self.path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
