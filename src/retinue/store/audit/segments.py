"""Files of entries that are on disk and not in the trail yet.

Each is added to by one process, which holds its lock; a file without one was left by a process that died. A
line is an entry: actor, action, kind, object, detail. What a killed process left of its last line was never
answered for.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING
from uuid import uuid4

import msgspec
from sqlalchemy import select

from retinue.errors import AuditError
from retinue.store.audit.record import PENDING, Record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store.base import Store

__all__ = ["Entry", "Segment", "gather", "gather_left", "waiting"]

Entry = tuple[str, str, str, str, str]
"""Actor, action, kind, object, detail as JSON."""

_SUFFIX = ".jsonl"


class Segment:
    """One file that this process adds to. Raises OSError where it cannot be made."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid4().hex
        self.path = folder / f"{self.name}{_SUFFIX}"
        self.entries: list[Entry] = []
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor = os.open(self.path, flags, 0o600)
        self._length = self._synced = 0
        self.tried = False  # whether its entries may be in the trail, though nobody was told so
        _lock(self._descriptor)

    def add(self, entry: Entry) -> None:
        """Append an entry. Raises OSError: then this file takes no more."""
        marked = _marked(entry, f"{self.name}:{len(self.entries)}")
        line = msgspec.json.encode(marked) + b"\n"
        written = os.write(self._descriptor, line)
        if written < len(line):  # so a disk says that it is full
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._length)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._length += written
        self.entries.append(marked)

    def sync(self) -> None:
        """Have the disk keep what was appended. Raises OSError."""
        length = self._length
        if length > self._synced:
            os.fsync(self._descriptor)
            if self._synced == 0:
                _keep_name(self.path.parent)
            self._synced = length

    def drop(self) -> None:
        """Remove the file: what it held is in the trail."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def gather(store: Store, segment: Segment) -> None:
    """Put the entries of a segment into the trail, each once however often this is tried.

    Raises AuditError, StoreUnavailable: then nobody knows whether they are in it, and it is tried again.
    """
    again, segment.tried = segment.tried, True
    _gather(store, segment.entries, again=again)


def gather_left(store: Store, folder: Path) -> int:
    """Put into the trail what processes that died left; how many entries."""
    found = 0
    for path, handle in _left(folder):
        with handle:
            entries = _read(handle.read(), path)
            _gather(store, entries, again=True)
            path.unlink(missing_ok=True)
            found += len(entries)
    return found


def waiting(folder: Path) -> int:
    """How many entries are in files and not in the trail yet."""
    return sum(path.read_bytes().count(b"\n") for path in sorted(folder.glob(f"*{_SUFFIX}")))


def _left(folder: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            handle = path.open("rb")
        except FileNotFoundError:
            continue  # somebody else gathered it
        try:
            _lock(handle.fileno())
        except BlockingIOError:
            handle.close()  # its process lives
            continue
        if path.exists():
            yield path, handle
        else:
            handle.close()


def _read(content: bytes, path: Path) -> list[Entry]:
    try:
        return [msgspec.json.decode(line, type=Entry) for line in content.split(b"\n")[:-1]]
    except msgspec.DecodeError as error:
        raise AuditError(
            "Entries that wait for the audit trail are damaged.",
            where=str(path),
            fix="Keep the file, move it elsewhere, and find out who changed it.",
        ) from error


def _gather(store: Store, entries: list[Entry], *, again: bool) -> None:
    """again: whether they may be there already; looking for that reads every record on the same object."""
    if not entries:
        return
    with store.transaction() as session:
        if not (again and _is_in(session, entries[0])):
            session.info[PENDING].extend(entries)


def _is_in(session: Session, first: Entry) -> bool:
    """Whether a segment is in the trail: a process may have died between that and removing the file."""
    table = Record.__table__.c
    same = select(table.number).where(table.object_id == first[3], table.detail == first[4])
    return session.execute(same.limit(1)).first() is not None


def _marked(entry: Entry, mark: str) -> Entry:
    """The entry with a mark in its detail that no other has."""
    detail = entry[4]
    more = "," if len(detail) > 2 else ""
    return (*entry[:4], f'{detail[:-1]}{more}"entry":"{mark}"}}')


def _lock(descriptor: int) -> None:
    """Take the lock of a file that is open. Raises BlockingIOError when another process has it."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system: one process at a time
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
