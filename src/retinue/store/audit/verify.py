"""Is the trail whole? Every record is hashed anew, every link and every checkpoint compared.

| break | means |
| --- | --- |
| edited | a record is not what was written: some field of it was changed |
| moved | what stands here is the record of another number, or a copy of it |
| missing | numbers are left out: records were deleted |
| unlinked | a record does not follow the one before it: between the two something was taken out or put in |
| cut off | the trail is shorter than a checkpoint or the store's own note says: its end was cut off, or an older copy was put back |
| replaced | the record that a checkpoint names is another one now: from the checkpoint before on, the trail was written anew |
| checkpoint | a checkpoint is not signed by the key, or one was taken out before it |
| files | what a record says of a file of a run is not true any more |

Not to be found: records after the last checkpoint that were cut off by somebody who put back the store's own
note of its end too; records put behind the last one by somebody who computed their hashes; anything by
somebody who has the key and changes every copy of the checkpoints.
"""  # noqa: E501 - a row of a table is one line

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from retinue.store.audit.checkpoints import Checkpoint, Line, read_checkpoints
from retinue.store.audit.files import FINISHED
from retinue.store.audit.reading import Row, ends, pages
from retinue.store.audit.record import GENESIS, Head, digest

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["Break", "Verdict", "verify", "verify_pages"]

Kind = Literal["edited", "moved", "missing", "unlinked", "cut off", "replaced", "checkpoint", "files"]
MOST = 1_000
"""Breaks that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is not as it was: its kind, the first and last record concerned, and words for it."""

    kind: Kind
    first: int
    last: int
    words: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(slots=True)
class Verdict:
    """How the trail stands. covered: up to which record a checkpoint vouches for it."""

    records: int = 0
    head: str = GENESIS
    checkpoints: int = 0
    covered: int = 0
    breaks: list[Break] = field(default_factory=list)
    more: int = 0

    @property
    def whole(self) -> bool:
        return not self.breaks

    def found(self, kind: Kind, first: int, last: int, words: str) -> None:
        """Note a break; one that goes on where the last ended is made longer."""
        before = self.breaks[-1] if self.breaks else None
        if before is not None and before.kind == kind == "edited" and before.last == first - 1:
            words = f"Records {before.first} to {last} are not what was written."
            self.breaks[-1] = Break(kind, before.first, last, words)
        elif len(self.breaks) < MOST:
            self.breaks.append(Break(kind, first, last, words))
        else:
            self.more += 1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "whole": self.whole,
            "records": self.records,
            "head": self.head,
            "checkpoints": self.checkpoints,
            "covered": self.covered,
            "breaks": [one.as_dict() for one in self.breaks],
            "more": self.more,
        }


def verify(
    store: Store,
    *,
    others: Sequence[Iterable[Line]] = (),
    key: str | None = None,
    look: Callable[[Row], str] | None = None,
) -> Verdict:
    """Check the whole trail against itself, the workspace's checkpoints and their copies.

    Parameters
    ----------
    others: further lists of checkpoints, such as a copy on another machine.
    key: the public key that must have signed them; None for the workspace's own.
    look: says what of a record is not true of the files any more, empty for nothing.
    """
    own = store.checkpoints
    copies = [] if own.copy is None else [read_checkpoints(own.copy)]
    lists = [read_checkpoints(own.path), *copies, *others]
    wanted = key or own.public_key()
    # The checkpoints were read first, so that none vouches for a record that is written only now.
    head, last = ends(store)
    upto = max(last, 0 if head is None else head.count)
    return verify_pages(pages(store, upto), lists, key=wanted, head=head, look=look)


def verify_pages(
    records: Iterable[Sequence[Row]],
    lists: Sequence[Iterable[Line]] = (),
    *,
    key: str | None = None,
    head: Head | None = None,
    look: Callable[[Row], str] | None = None,
) -> Verdict:
    """The same of records from anywhere, in the order of their numbers."""
    verdict = Verdict()
    marks: dict[int, Checkpoint] = {}
    for lines in lists:
        for mark in _trusted(lines, key, verdict):
            other = marks.setdefault(mark.count, mark)
            if other.head != mark.head:
                words = f"Two genuine checkpoints name different records {mark.count}: the trail was forked."
                verdict.found("checkpoint", mark.count, mark.count, words)
    verdict.checkpoints = len(marks)
    _chain(records, marks, verdict, look)
    last = max(marks, default=0)
    if verdict.records < last:
        words = (
            f"Records {verdict.records + 1} to {last} are gone: the checkpoint of {marks[last].at} counts"
            f" {last}. The end was cut off, or an older copy put back."
        )
        verdict.found("cut off", verdict.records + 1, last, words)
    elif head is not None and (head.count, head.hash) != (verdict.records, verdict.head):
        words = f"The store notes {head.count} records, {verdict.records} are there."
        if head.count == verdict.records:
            words = f"The last record, {head.count}, is not the one that the store noted."
        verdict.found("cut off", min(head.count, verdict.records + 1), head.count, words)
    return verdict


def _trusted(lines: Iterable[Line], key: str | None, verdict: Verdict) -> Iterator[Checkpoint]:
    previous, count = "", 0
    for line in lines:
        mark = line.checkpoint
        if mark is None:
            continue  # what a killed process left; a line taken out is seen by the next one
        where = f"The checkpoint in line {line.number}"
        if mark.key != key or not mark.genuine():
            verdict.found("checkpoint", mark.count, mark.count, f"{where} is not signed by the key.")
            continue
        if mark.previous != previous:
            words = f"{where} does not follow the one before it: one was taken out or put in."
            verdict.found("checkpoint", count + 1, mark.count, words)
        elif mark.count < count:
            words = (
                f"{where} counts {mark.count} records, the one before {count}: an older copy was put back."
            )
            verdict.found("cut off", mark.count + 1, count, words)
        previous, count = line.sha256, mark.count
        yield mark


def _chain(
    records: Iterable[Sequence[Row]],
    marks: Mapping[int, Checkpoint],
    verdict: Verdict,
    look: Callable[[Row], str] | None,
) -> None:
    number, last = 0, GENESIS
    broken: list[Row] = []
    for page in records:
        if _smooth(page, number, last):
            for at in sorted(marks.keys() & range(number + 1, number + 1 + len(page))):
                _compare(page[at - number - 1], marks[at], verdict)
            number, last = page[-1][0], page[-1][8]
            _look(page, look, verdict)
            continue
        for row in page:
            at = row[0]
            if at != number + 1:
                gone = f"{number + 1} to {at - 1} are" if at > number + 2 else f"{at - 1} is"
                verdict.found("missing", number + 1, at - 1, f"Record {gone} not there.")
            if digest(*row[:8]) != row[8]:
                broken.append(row)
                verdict.found("edited", at, at, f"Record {at} is not what was written.")
            if row[7] != last and at == number + 1:
                words = f"Record {at} does not follow record {number}: one was taken out or put in here."
                verdict.found("unlinked", at, at, words)
            number, last = at, row[8]
            if at in marks:
                _compare(row, marks[at], verdict)
        _look(page, look, verdict)
    verdict.records, verdict.head = number, last
    _name_the_moved(broken[:200], verdict)


def _smooth(page: Sequence[Row], number: int, last: str) -> bool:
    """Whether a page is without a break in itself and goes on from the record before it."""
    if page[0][0] != number + 1 or page[-1][0] != number + len(page):
        return False
    kept = [row[8] for row in page]
    return [row[7] for row in page] == [last, *kept[:-1]] and [digest(*row[:8]) for row in page] == kept


def _look(page: Iterable[Row], look: Callable[[Row], str] | None, verdict: Verdict) -> None:
    for row in page if look is not None else ():
        if row[3] == FINISHED and look is not None and (said := look(row)):
            verdict.found("files", row[0], row[0], said)


def _compare(row: Row, mark: Checkpoint, verdict: Verdict) -> None:
    at = row[0]
    if mark.head != row[8]:
        first = verdict.covered + 1
        words = (
            f"Record {at} is not the one of the checkpoint of {mark.at}: somewhere in {first} to {at} the"
            " trail was written anew."
        )
        verdict.found("replaced", first, at, words)
    verdict.covered = at


def _name_the_moved(broken: Sequence[Row], verdict: Verdict) -> None:
    """Of records that are not their own number's, say whose they are."""
    near = {row[0] + step for row in broken for step in (-2, -1, 0, 1, 2)}
    for row in broken:
        at = row[0]
        whose = next((n for n in sorted(near) if n != at and digest(n, *row[1:8]) == row[8]), None)
        if whose is None:
            continue
        for place, one in enumerate(verdict.breaks):
            if one.kind == "edited" and one.first <= at <= one.last and one.first == one.last:
                words = f"What stands as record {at} is record {whose}: moved, or copied."
                verdict.breaks[place] = Break("moved", at, at, words)
