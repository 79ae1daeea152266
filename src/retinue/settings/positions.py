"""Where in a TOML text each key is set, so that a complaint can name its line.

`tomllib` gives values without positions. This reads the same text (already known to be valid) once more
for the keys only: bare, quoted and dotted ones, tables, arrays of tables, inline tables and lists.
"""

from __future__ import annotations

__all__ = ["key_lines", "line_of"]

Path = tuple[str, ...]


def line_of(text: str, path: Path) -> int | None:
    """The line (from 1) on which `path` is set, or of the deepest part of it that is there.

    >>> line_of('[churn]\\nhorizon_days = 90', ("churn", "horizon_days"))
    2
    >>> line_of('[churn]\\nhorizon_days = 90', ("churn", "grace_days"))
    1
    """
    lines = key_lines(text)
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return lines[path[:depth]]
    return None


def key_lines(text: str) -> dict[Path, int]:
    """Path of every key and table → its line; the items of a list are numbered from ``"0"``.

    >>> key_lines('a = { b = [1, { "c.d" = 2 }] }')[("a", "b", "1", "c.d")]
    1
    """
    return _Reader(text.replace("\r\n", "\n")).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Path, int] = {}
        self.implied: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        section: Path = ()
        while self._skip("\n"):
            if self._peek() == "[":
                section = self._header()
            else:
                self._assignment(section)
        return {**self.implied, **self.lines}

    def _header(self) -> Path:
        line = self.line
        double = self.text.startswith("[[", self.at)
        self._next(2 if double else 1)
        path = self._resolve(self._key("]"), last=not double)
        self._next(2 if double else 1)
        if double:
            number = self.arrays.get(path, -1) + 1
            self.arrays[path] = number
            self.lines.setdefault(path, line)
            path = (*path, str(number))
        self._note(path, line)
        return path

    def _resolve(self, key: Path, *, last: bool) -> Path:
        # [[a]] makes a list, so a later [a.b] speaks of its newest item.
        path: Path = ()
        for index, part in enumerate(key):
            path = (*path, part)
            if path in self.arrays and (last or index < len(key) - 1):
                path = (*path, str(self.arrays[path]))
        return path

    def _assignment(self, section: Path) -> None:
        line = self.line
        path = section + self._key("=")
        self._next()
        self._note(path, line)
        self._value(path)

    def _note(self, path: Path, line: int) -> None:
        self.lines[path] = line
        for depth in range(1, len(path)):
            self.implied.setdefault(path[:depth], line)

    def _key(self, stop: str) -> Path:
        parts: list[str] = []
        bare = ""
        while self.at < len(self.text) and self._peek() != stop:
            character = self._peek()
            if character in "\"'":
                parts.append(self._string())
            elif character == ".":
                if bare:
                    parts.append(bare)
                    bare = ""
                self._next()
            elif character in " \t":
                self._next()
            else:
                bare += character
                self._next()
        return tuple([*parts, bare] if bare else parts)

    def _value(self, path: Path) -> None:
        self._skip("")
        opening = self._peek()
        if opening in ("'", '"'):
            self._string()
        elif opening == "[":
            self._items(path)
        elif opening == "{":
            self._inline(path)
        else:
            while self.at < len(self.text) and self._peek() not in ",]}#\n":
                self._next()

    def _items(self, path: Path) -> None:
        self._next()
        number = 0
        while self._skip("\n,") and self._peek() != "]":
            self.lines[(*path, str(number))] = self.line
            before = self.at
            self._value((*path, str(number)))
            number += 1
            if self.at == before:
                self._next()
        self._next()

    def _inline(self, path: Path) -> None:
        self._next()
        while self._skip("\n,") and self._peek() != "}":
            self._assignment(path)
        self._next()

    def _string(self) -> str:
        quote = self._peek()
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self._next(len(mark))
        start = self.at
        while self.at < len(self.text) and not self.text.startswith(mark, self.at):
            self._next(2 if quote == '"' and self._peek() == "\\" else 1)
        found = self.text[start : self.at]
        self._next(len(mark))
        # A long string may end in one or two quotes of its own: """text"" """ without the space.
        while len(mark) == 3 and self._peek() == quote:
            self._next()
        return found

    def _skip(self, more: str) -> bool:
        """Skip blanks, comments and `more`; whether anything is left."""
        while self.at < len(self.text):
            if self._peek() == "#":
                while self.at < len(self.text) and self._peek() != "\n":
                    self._next()
            elif self._peek() in " \t" or (more and self._peek() in more):
                self._next()
            else:
                return True
        return False

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self, count: int = 1) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count
