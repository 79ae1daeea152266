"""What can be wrong with rules, said so that it can be mended: where, why, and how."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from retinue.decisions.tables.document import Table

__all__ = ["Mistake", "cell", "nearest", "until_enough"]

MOST = 200

Level = Literal["error", "note"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error forbids to put the rules in force; a note only says what one should know."""

    level: Level
    where: str
    what: str
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def in_words(self) -> str:
        """One line, and one for what to do.

        >>> print(Mistake("error", "Routing, row 2", "no quotes", 'write "Gold"').in_words())
        error: Routing, row 2: no quotes
          fix: write "Gold"
        """
        line = f"{self.level}: {self.where}: {self.what}"
        return f"{line}\n  fix: {self.fix}" if self.fix else line


def cell(table: Table, place: int, heading: str) -> str:
    """Where a cell is: table, row as one counts, column."""
    return f"{table.name}, row {place}, column {heading}"


def until_enough(found: Iterable[Mistake]) -> Iterator[Mistake]:
    """Mistakes as they are found, until there are so many errors that more of them would help nobody."""
    errors = 0
    for one in found:
        yield one
        errors += one.level == "error"
        if errors == MOST:
            return


def nearest(word: str, known: Iterable[str]) -> str:
    """What was meant, as a fix; else what there is.

    >>> nearest("chrn_probability", ["clv", "churn_probability"]), nearest("x", ["b", "a"])
    ("write 'churn_probability'", 'there are: a, b')
    """
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"write '{lowered[close[0]]}'" if close else f"there are: {', '.join(names)}"
