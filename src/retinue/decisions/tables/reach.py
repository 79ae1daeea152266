"""Which rows can hold at all, which one takes from another, and whether the engine says so too.

Conditions change only at the values they compare with, so trying those values, and one between each two of
them, tries everything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.tables.asked import Asked
from retinue.decisions.tables.cells import Condition, literals
from retinue.decisions.tables.columns import holds
from retinue.decisions.tables.document import Row, Table
from retinue.decisions.tables.evaluate import compiled, first_hits
from retinue.decisions.tables.facts import FACTS
from retinue.decisions.tables.mistakes import Mistake

__all__ = ["Tried", "reach_mistakes", "try_values"]

_MOST_CASES = 200_000
_SAMPLE = 150
_MOST_NOTES = 10
_OTHER = "\N{BULLET} another"
"""A text that nobody's data has."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Values to try of every fact that compiled rows ask; masks: for each row (None: not compiled) where each
    fact's condition holds."""

    values: Mapping[str, NDArray[Any]]
    masks: Sequence[Mapping[str, NDArray[np.bool_]] | None]

    def cases(self, row: int) -> float:
        """How many combinations a row holds for."""
        masks = self.masks[row] or {}
        return math.prod(int(masks[n].sum()) if n in masks else len(v) for n, v in self.values.items())


def try_values(table: Table) -> Tried:
    """The values to try, and where each row's conditions hold."""
    conditions = [compiled(table, row) for row in table.rows]
    asked: dict[str, list[Condition]] = {}
    for row in conditions:
        for name, condition in row or []:
            asked.setdefault(name, []).append(condition)
    values = {name: _values(name, found) for name, found in sorted(asked.items())}
    masks: list[Mapping[str, NDArray[np.bool_]] | None] = []
    for row in conditions:
        found: dict[str, NDArray[np.bool_]] = {}
        for name, condition in row or []:
            found[name] = found.get(name, True) & holds(condition, values[name])
        masks.append(None if row is None else found)
    return Tried(values, masks)


def reach_mistakes(table: Table) -> Iterator[Mistake]:
    """Rows that never hold, or never first; rows that share cases; a missing last one."""
    tried = try_values(table)
    if any(cell.strip() for cell in table.rows[-1].cells.values()):
        yield Mistake(
            "error",
            f"{table.name}, row {len(table.rows)}",
            "the last row has conditions: for whom no row holds, nothing would be decided",
            "add a last row whose conditions are all empty",
        )
    dead = set(_unreachable(table, tried))
    for number, row in enumerate(table.rows):
        where = f"{table.name}, row {row.place}"
        never = [name for name, mask in (tried.masks[number] or {}).items() if not mask.any()]
        if never:
            fact = FACTS[never[0]]
            hint = " (it goes from 0 to 1: 80 % is 0.8)" if fact.most == 1.0 else ""
            yield Mistake("error", where, f"no {fact.name} can be so{hint}", "correct the condition")
        elif number in dead:
            yield Mistake(
                "error",
                where,
                "it can never be reached: the rows above hold first",
                "move it up, or remove it",
            )
    yield from itertools.islice(_overlaps(table, tried, dead), _MOST_NOTES)
    yield from _disagreements(table, tried)


def _unreachable(table: Table, tried: Tried) -> Iterator[int]:
    """Rows all of whose cases an earlier row takes; exact as long as there are not too many cases."""
    shape = tuple(len(values) for values in tried.values.values())
    exact = math.prod(shape) <= _MOST_CASES
    taken = np.zeros(shape if exact else (), dtype=np.bool_)
    for number, masks in enumerate(tried.masks):
        if masks is None:
            continue
        if exact:
            mine = _spread(masks, tried)
            if not (mine & ~taken).any():
                yield number
            taken |= mine
        elif any(_within(masks, other) for other in tried.masks[:number] if other is not None):
            yield number


def _spread(masks: Mapping[str, NDArray[np.bool_]], tried: Tried) -> NDArray[np.bool_]:
    names = list(tried.values)
    found = np.ones(tuple(len(values) for values in tried.values.values()), dtype=np.bool_)
    for axis, name in enumerate(names):
        if name in masks:
            found &= masks[name].reshape([-1 if a == axis else 1 for a in range(len(names))])
    return found


def _within(mine: Mapping[str, NDArray[np.bool_]], other: Mapping[str, NDArray[np.bool_]]) -> bool:
    """Whether every case of one row is a case of another."""
    return all(name in mine and not (mine[name] & ~mask).any() for name, mask in other.items())


def _overlaps(table: Table, tried: Tried, dead: set[int]) -> Iterator[Mistake]:
    for first, second in itertools.combinations(range(len(table.rows)), 2):
        above, below = tried.masks[first], tried.masks[second]
        if (
            not above
            or not below
            or {first, second} & dead
            or not _differ(table.rows[first], table.rows[second])
        ):
            continue
        case = _common(above, below, tried)
        if case is not None:
            a, b = table.rows[first].place, table.rows[second].place
            words = ", ".join(f"{name} {_shown(value)}" for name, value in case.items())
            yield Mistake(
                "note", f"{table.name}, rows {a} and {b}", f"both hold for some ({words}): row {a} decides"
            )


def _differ(one: Row, other: Row) -> bool:
    return {k: v for k, v in one.gives.items() if k != "rule"} != {
        k: v for k, v in other.gives.items() if k != "rule"
    }


def _common(
    above: Mapping[str, NDArray[np.bool_]], below: Mapping[str, NDArray[np.bool_]], tried: Tried
) -> dict[str, Any] | None:
    """A case for which both rows hold; None where there is none."""
    found = {}
    for name in sorted({*above, *below}):
        everywhere = np.ones(len(tried.values[name]), dtype=np.bool_)
        both = above.get(name, everywhere) & below.get(name, everywhere)
        if not both.any():
            return None
        found[name] = tried.values[name][np.flatnonzero(both)[-1]]
    return found


def _disagreements(table: Table, tried: Tried) -> Iterator[Mistake]:
    """Cases on which the compiled rows and the engine differ: there must be none."""
    if not tried.values or any(masks is None for masks in tried.masks):
        return
    rng = np.random.default_rng(0)
    picked = {name: values[rng.integers(0, len(values), _SAMPLE)] for name, values in tried.values.items()}
    facts = {name: values[:, None] for name, values in picked.items()}
    fast = first_hits(table, table.rows, facts, (_SAMPLE, 1))[:, 0].tolist()
    asked = Asked(table, table.rows)
    columns = {name: values.tolist() for name, values in picked.items()}
    slow = asked.rows(dict(zip(columns, case, strict=True)) for case in zip(*columns.values(), strict=True))
    for case, (one, other) in enumerate(zip(fast, slow, strict=True)):
        if one != other:
            words = ", ".join(f"{name} {_shown(values[case])}" for name, values in columns.items())
            yield Mistake(
                "error",
                table.name,
                f"row {one} holds by our reading and row {other} by the engine's ({words})",
                "write the condition otherwise, and please report this",
            )
            return


def _values(name: str, conditions: Sequence[Condition]) -> NDArray[Any]:
    fact = FACTS[name]
    met = {value for condition in conditions for value in literals(condition) if value is not None}
    if fact.kind == "number":
        inside = sorted(float(v) for v in met if fact.least <= float(v) <= fact.most)
        low = fact.least if np.isfinite(fact.least) else min(inside, default=0.0) - 1.0
        high = fact.most if np.isfinite(fact.most) else max(inside, default=0.0) + 1.0
        ends = sorted({low, *inside, high})
        between = [(a + b) / 2.0 for a, b in itertools.pairwise(ends)]
        return np.array(sorted({*ends, *between}) + ([] if fact.known else [np.nan]), dtype=float)
    if fact.kind == "yes_no":
        return np.array([False, True])
    texts = [*sorted(str(v) for v in met), _OTHER, *([] if fact.known else [None])]
    found = np.empty(len(texts), dtype=object)
    found[:] = texts
    return found


def _shown(value: Any) -> str:
    if value is None or value != value:
        return "unknown"
    return f"{value:g}" if isinstance(value, float) else str(value)
