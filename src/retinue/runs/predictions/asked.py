"""A list of ids on disk: each once, in the order given, whatever its length."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

__all__ = ["IdList"]

_AT_ONCE = 10_000


class IdList:
    """Ids in a file. Reads are positions of it, so that a reader can go on where it stopped.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ids = IdList(Path(folder) / "asked.sqlite")
    ...     ids.write(["b", "a", "b", "c"])
    ...     ids.after(0, 2), ids.after(2, 2)
    3
    ([(1, 'b'), (2, 'a')], [(3, 'c')])
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, ids: Iterable[str]) -> int:
        """Make the file; how many different ids there are. Whatever `ids` raises leaves no file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                connection.execute("CREATE TABLE asked (place INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL)")
                many = 0
                for part in _parts(ids):
                    for one in part:
                        added = connection.execute(
                            "INSERT OR IGNORE INTO asked (place, id) VALUES (?, ?)", (many + 1, one)
                        )
                        many += added.rowcount
                    connection.commit()
                return many
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise

    def after(self, place: int, limit: int) -> list[tuple[int, str]]:
        """The next ids behind a place, with their places; 0 is the begin."""
        with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT place, id FROM asked WHERE place > ? ORDER BY place LIMIT ?"
            return list(connection.execute(query, (place, limit)))


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
