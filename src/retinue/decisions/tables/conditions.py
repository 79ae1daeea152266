"""What can be wrong with one cell of conditions, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from retinue.decisions.tables.cells import Token, identifiers, literals, read_cell, tokens
from retinue.decisions.tables.facts import FACTS, Fact
from retinue.decisions.tables.mistakes import Mistake, nearest

__all__ = ["FUNCTIONS", "condition_mistakes"]

FUNCTIONS = frozenset(
    [
        "abs",
        "all",
        "bool",
        "ceil",
        "contains",
        "endsWith",
        "floor",
        "isNumeric",
        "len",
        "lower",
        "matches",
        "max",
        "min",
        "none",
        "number",
        "one",
        "round",
        "some",
        "startsWith",
        "string",
        "trim",
        "upper",
    ]
)
"""What a condition may call. Left out are chance and the present time: the same facts must decide alike."""

_SHOUTED = {
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "TRUE": "true",
    "FALSE": "false",
    "NULL": "null",
}
_SIGNS = {"&": "and", "|": "or", "=": "==", "!": "!= or not in", "%": "a share, such as 0.8"}


def condition_mistakes(
    where: str, cell: str, fact: Fact, names: Mapping[str, Collection[str]]
) -> Iterator[Mistake]:
    """Each mistake in a cell; a note where the condition is left to the engine.

    names: fact to the values it can have, where they are known (the offers of the catalogue, the tiers).
    """
    if not cell.strip():
        return
    said = list(_slips(cell, fact))
    condition = None if said else read_cell(cell, fact.kind)
    if said:
        yield from (Mistake("error", where, what, fix) for what, fix in said)
    elif condition is None:
        yield _left_to_the_engine(where, cell)
    else:
        for value in sorted(v for v in literals(condition) if isinstance(v, str)):
            if fact.name in names and value not in names[fact.name]:
                yield Mistake(
                    "error", where, f"there is no {fact.name} '{value}'", nearest(value, names[fact.name])
                )


def _slips(cell: str, fact: Fact) -> Iterator[tuple[str, str]]:
    """What people write who have not met this language before."""
    pieces = tokens(cell)
    if cell.strip() == "-":
        yield "'-' is a value here", "leave the cell empty for any value"
        return
    if fact.kind == "number" and re.search(r"\d,\d{3}(?!\d)", cell):
        yield "a comma separates values: thousands have no separator", f"write {cell.replace(',', '')}"
        return
    yield from _words(pieces, cell, fact)
    yield from _signs(pieces)
    for piece in pieces:
        if piece.kind == "text" and fact.kind == "number":
            yield f"{piece.text} is a text, {fact.name} a number", f"write {piece.text[1:-1]} without quotes"
        elif piece.kind == "text" and fact.kind == "yes_no":
            yield (
                f"{piece.text} is a text, {fact.name} is true or false",
                "write true or false without quotes",
            )
        elif piece.kind == "number" and fact.kind == "text" and "(" not in cell and "$" not in cell:
            yield f"{piece.text} is a number, {fact.name} a text", f'write "{piece.text}"'
    ordering = any(piece.text in ("<", "<=", ">", ">=") for piece in pieces if piece.kind == "sign")
    if ordering and fact.kind != "number" and "$" not in cell and "(" not in cell:
        yield f"{fact.name} is no number: it is not more or less than another", "use ==, != or a list"
    if "$" not in cell and _and_after_or(pieces):
        yield (
            "an 'and' after an 'or' or a comma limits what stands before it too",
            "begin with what 'and' joins, or make two rows",
        )


def _words(pieces: list[Token], cell: str, fact: Fact) -> Iterator[tuple[str, str]]:
    values, functions = identifiers(cell)
    for name in sorted(functions - FUNCTIONS):
        fix = (
            "make two conditions of it" if name in _SHOUTED else f"there are: {', '.join(sorted(FUNCTIONS))}"
        )
        yield f"'{name}' cannot be called here", fix
    for name in sorted(values - set(FACTS)):
        if name in _SHOUTED:
            yield f"'{name}' is written in small letters", f"write {_SHOUTED[name]}"
        elif fact.kind == "text":
            yield f"{name} stands without quotes", f'write "{name}"'
        elif fact.kind == "yes_no":
            yield f"{fact.name} is true or false, not {name}", "write true or false"
        else:
            yield f"there is no fact '{name}'", nearest(name, FACTS)


def _signs(pieces: list[Token]) -> Iterator[tuple[str, str]]:
    said = set()
    for piece, following in zip(pieces, [*pieces[1:], Token("end", "")], strict=True):
        if piece.kind != "other" or piece.text not in _SIGNS or piece.text in said:
            continue
        said |= {piece.text, following.text}
        if piece.text == "%" and following.kind in ("number", "name"):
            continue  # the remainder of a division
        if piece.text == "=" and following.text in (">", "<"):
            yield f"'={following.text}' is no comparison", f"write {following.text}="
        else:
            yield f"'{piece.text}' has no meaning here", f"write {_SIGNS[piece.text]}"


def _left_to_the_engine(where: str, cell: str) -> Mistake:
    import zen

    try:
        wrong = zen.validate_unary_expression(cell)
    except Exception as error:  # the engine's errors are of no common type
        return Mistake(
            "error",
            where,
            f"the condition {cell} cannot be read: {error}",
            "see the examples in docs/concepts/rules.md",
        )
    if wrong is not None:
        fix = "see the examples in docs/concepts/rules.md"
        return Mistake("error", where, f"the condition {cell} cannot be read: {wrong['source']}", fix)
    what = f"the condition {cell} is asked of the engine for each customer, which takes longer"
    return Mistake("note", where, what, "comparisons, ranges and lists are faster")


def _and_after_or(pieces: list[Token]) -> bool:
    """Whether an `and` follows an `or` or a comma that is not within brackets."""
    depth, either = 0, False
    for piece in pieces:
        depth += (piece.text in ("[", "(")) - (piece.text in ("]", ")"))
        if depth == 0 and (piece.text == "," or (piece.kind == "name" and piece.text == "or")):
            either = True
        elif depth == 0 and either and piece.kind == "name" and piece.text == "and":
            return True
    return False
