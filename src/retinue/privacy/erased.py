"""Names in place of people who were erased: one that recognises them, and random ones that do not.

The **token** of the erasure list is a keyed hash of the customer's id: with the workspace's key one can tell
whether a row that comes in is of somebody who was erased, and from the token alone nobody can tell who that
was. The **random names** in rows that stay for sums follow from a salt that is forgotten when the work is
done: after that nothing leads from a customer to their rows, also for whoever has the key.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from retinue.settings import Settings

__all__ = ["ERASED", "ErasureList", "Line", "RandomNames", "erasure_list", "erasure_token"]

ERASED = "erased_"
"""How the names begin that stand in place of people who were erased."""


def erasure_token(customer_id: str, key: bytes) -> str:
    """The token of a customer on the erasure list. `key`: of the workspace.

    >>> erasure_token("C1", b"k") == erasure_token("C1", b"k") != erasure_token("C2", b"k")
    True
    """
    digest = hmac.digest(key, b"retinue/erased/v1\0" + customer_id.encode("utf-8", "surrogatepass"), "sha256")
    return f"gone_{digest.hex()[:40]}"


class RandomNames:
    """The same random name for the same name, while the salt is known.

    >>> names = RandomNames(bytes(32))
    >>> names("customer", "C1") == names("customer", "C1") != names("decision", "C1")
    True
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def __call__(self, kind: str, name: str) -> str:
        """The name in place of one of a kind; a name that stands for somebody erased stays as it is."""
        if name.startswith(ERASED):
            return name
        return ERASED + hmac.digest(self._salt, f"{kind}\0{name}".encode(), "sha256").hex()[:24]


class Line(msgspec.Struct, frozen=True):
    """One line of the list: whom (as token), when (UTC, ISO 8601), and the request that asked for it."""

    token: str
    at: str
    request_id: str


class ErasureList:
    """The list of everybody who was erased, as tokens: lines that are only ever added.

    copy: another file that gets each line too; what either holds counts.
    """

    def __init__(self, path: Path, copy: Path | None = None) -> None:
        self.path, self.copy = path, copy

    def lines(self) -> dict[str, Line]:
        """Token to its first line, in the order of the list."""
        found: dict[str, Line] = {}
        for file in filter(None, (self.path, self.copy)):
            for line in _read(file):
                found.setdefault(line.token, line)
        return found

    def tokens(self) -> frozenset[str]:
        """The tokens of everybody on the list."""
        return frozenset(self.lines())

    def recogniser(self, key: bytes) -> Callable[[str], bool]:
        """A function that says whether a customer is on the list as it is now. `key`: the workspace's."""
        tokens = self.tokens()
        return lambda customer_id: bool(tokens) and erasure_token(customer_id, key) in tokens

    def add(self, line: Line) -> None:
        """Put somebody on the list, in both files, if they are not on it yet; on disk when this returns."""
        for file in filter(None, (self.path, self.copy)):
            if all(one.token != line.token for one in _read(file)):
                _append(file, msgspec.json.encode(line) + b"\n")

    def take_over(self, other: Path) -> int:
        """Add the lines of another list, such as the copy kept elsewhere; how many were new."""
        known = self.tokens()
        fresh = [line for line in _read(other) if line.token not in known]
        for line in fresh:
            self.add(line)
        return len(fresh)


def erasure_list(settings: Settings) -> ErasureList:
    """The list of a workspace."""
    copy = settings.privacy.erasures
    return ErasureList(
        settings.state / "privacy" / "erasures.jsonl", None if copy is None else settings.root / copy
    )


def _read(file: Path) -> Iterable[Line]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for line in content.split(b"\n"):
        try:
            found.append(msgspec.json.decode(line, type=Line))
        except msgspec.DecodeError:
            continue  # what a killed process left of a line
    return found


def _append(file: Path, line: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size:
            handle.seek(size - 1)
            line = line if handle.read(1) == b"\n" else b"\n" + line
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())
