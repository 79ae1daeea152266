"""The conditions that are compiled: a cell of a decision table as comparisons of its fact.

The engine (zen) knows a whole language. What people write in tables is a small part of it: comparisons,
ranges, lists, yes and no, joined by `and`, `or` and commas. That part is read here, so that a table can be
applied to arrays; anything else is left to the engine.

>>> read_cell("> 5000", "number")
((Compare(sign='>', value=5000.0),),)
>>> read_cell("startsWith($, 'x')", "text") is None
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from retinue.decisions.tables.facts import Kind

__all__ = [
    "Compare",
    "Condition",
    "Member",
    "Range",
    "Value",
    "identifiers",
    "literals",
    "read_cell",
    "tokens",
]

Value = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison with a value: sign is one of == != < <= > >=."""

    sign: str
    value: Value


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, each end within or not; `out` turns it round."""

    low: float
    high: float
    low_in: bool
    high_in: bool
    out: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One of several values; `out` turns it round."""

    values: tuple[Value, ...]
    out: bool = False


Atom = Compare | Range | Member


Condition = tuple[tuple[Atom, ...], ...]
"""Any of the parts, of a part all; an empty one holds always."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d+)?(?!\w))|(?P<dots>\.\.)"""
    r"""|(?P<sign>==|!=|<=|>=|<|>)|(?P<name>[A-Za-z_$#][\w$.]*)|(?P<other>\S))"""
)
_MOST_DECIMALS, _MOST = 28, Decimal("1e28")  # the engine's decimals reach no further


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a cell: its kind and its text as written."""

    kind: str
    text: str


def tokens(cell: str) -> list[Token]:
    """The pieces of a cell, blanks left out."""
    found, at = [], 0
    while match := _TOKEN.match(cell, at):
        kind = str(match.lastgroup)
        found.append(Token(kind, match.group(kind)))
        at = match.end()
    return found


def identifiers(cell: str) -> tuple[set[str], set[str]]:
    """Names of values and names of functions that a cell uses; words of the language are neither."""
    pieces = tokens(cell)
    values: set[str] = set()
    functions: set[str] = set()
    for piece, following in zip(pieces, [*pieces[1:], Token("end", "")], strict=True):
        if piece.kind != "name" or piece.text in _WORDS:
            continue
        (functions if following.text == "(" else values).add(piece.text)
    return values, functions


_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null", "$", "#"})


def literals(condition: Condition) -> set[Value]:
    """Every value that a condition compares with."""
    found: set[Value] = set()
    for part in condition:
        for atom in part:
            if isinstance(atom, Compare):
                found.add(atom.value)
            elif isinstance(atom, Range):
                found |= {atom.low, atom.high}
            else:
                found |= set(atom.values)
    return found


def read_cell(cell: str, kind: Kind) -> Condition | None:
    """The condition of a cell on a fact of that kind; an empty one for an empty cell, None for what is left
    to the engine.

    The engine reads from left to right, a comma being an `or`. An `and` after an `or` would limit what stands
    before it too, which nobody expects who writes it: that is left to the engine.
    """
    if not cell.strip():
        return ()
    reader = _Reader(tokens(cell), kind)
    try:
        return reader.condition()
    except _NotKnown:
        return None


class _NotKnown(Exception):
    """The cell is not of the compiled part."""


class _Reader:
    def __init__(self, pieces: list[Token], kind: Kind) -> None:
        self.pieces = [*pieces, Token("end", "")]
        self.kind = kind
        self.at = 0

    @property
    def next(self) -> Token:
        return self.pieces[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.pieces[self.at - 1]

    def condition(self) -> Condition:
        first = [self.atom()]
        while self._word("and"):
            first.append(self.atom())
        parts = [tuple(first)]
        while self._word("or") or self._comma():
            parts.append((self.atom(),))
        if self.next.kind != "end":
            raise _NotKnown
        return tuple(parts)

    def atom(self) -> Atom:
        if self.next.kind == "sign":
            sign: str = self.take().text
            value = self.value()
            if sign not in ("==", "!=") and not isinstance(value, float):
                raise _NotKnown
            return Compare(sign, value)
        out = self._word("not")
        if self._word("in"):
            return self.several(out)
        if out:
            raise _NotKnown
        if self.next.text in ("[", "("):
            return self.several(False)
        return Compare("==", self.value())

    def several(self, out: bool) -> Atom:
        opening = self.take()
        if opening.kind != "other" or opening.text not in ("[", "("):
            raise _NotKnown
        values = [self.value()]
        if self.next.kind == "dots":
            self.take()
            return self.range(opening.text, values[0], out)
        while self._comma():
            values.append(self.value())
        if opening.text != "[" or self.take().text != "]":
            raise _NotKnown
        return Member(tuple(values), out)

    def range(self, opening: str, low: Value, out: bool) -> Range:
        high, closing = self.value(), self.take().text
        known = isinstance(low, float) and isinstance(high, float) and closing in ("]", ")")
        if not known or (out and not low <= high):  # type: ignore[operator]
            raise _NotKnown
        return Range(low, high, opening == "[", closing == "]", out)  # type: ignore[arg-type]

    def value(self) -> Value:
        piece = self.take()
        if piece.kind == "name" and piece.text == "null":
            return None
        if self.kind == "text" and piece.kind == "text":
            return piece.text[1:-1]
        if self.kind == "yes_no" and piece.kind == "name" and piece.text in ("true", "false"):
            return piece.text == "true"
        if self.kind == "number":
            negative = piece.text == "-" and piece.kind == "other"
            digits = self.take() if negative else piece
            if digits.kind == "number":
                return _number(("-" if negative else "") + digits.text)
        raise _NotKnown

    def _comma(self) -> bool:
        found = self.next.text == "," and self.next.kind == "other"
        self.at += found
        return found

    def _word(self, word: str) -> bool:
        found = self.next.kind == "name" and self.next.text == word
        self.at += found
        return found


def _number(text: str) -> float:
    """A number that compares with floats as the engine's decimals do: written as its float is."""
    exact, close = Decimal(text), float(text)
    scale = -int(exact.as_tuple().exponent)
    if Decimal(repr(close)) != exact or abs(exact) >= _MOST or scale > _MOST_DECIMALS:
        raise _NotKnown
    return close
