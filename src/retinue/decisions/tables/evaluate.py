"""The first row of a table that holds, for all customers and offers at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.tables.asked import AskedCell
from retinue.decisions.tables.cells import Condition, read_cell
from retinue.decisions.tables.columns import holds
from retinue.decisions.tables.document import NO_RULE, Row, Table
from retinue.decisions.tables.facts import FACTS

__all__ = ["compiled", "first_hits", "rows_without_offer"]


def rows_without_offer(table: Table) -> tuple[Row, ...]:
    """The rows that ask nothing of an offer: those that count where there is none."""
    return tuple(row for row in table.rows if not table.asks_offer(row))


def compiled(table: Table, row: Row) -> list[tuple[str, Condition]] | None:
    """A row's conditions by fact; None where one of them is left to the engine."""
    found = []
    for name, _, condition in _conditions(table, row):
        if condition is None:
            return None
        found.append((name, condition))
    return found


def first_hits(
    table: Table, rows: Sequence[Row], facts: Mapping[str, NDArray[Any]], shape: tuple[int, int]
) -> NDArray[np.intp]:
    """For each customer and offer (n x k) the place of the first of the rows that holds, from 1.

    facts: arrays that spread to `shape`. NO_RULE where no row holds. Compiled conditions are applied to
    arrays; any other is asked of the engine, for whom it still matters and once for equal facts.
    """
    found = np.full(shape, NO_RULE, dtype=np.intp)
    still = np.ones(shape, dtype=np.bool_)
    for row in rows:
        if not still.any():
            break
        hit, left = still, []
        for name, cell, condition in _conditions(table, row):
            if condition is None:
                left.append(AskedCell(name, cell))
            else:
                hit = hit & holds(condition, facts[name])
        for asked in left:
            hit = _ask(asked, facts, hit)
        found[hit] = row.place
        still = still & ~hit
    return found


def _conditions(table: Table, row: Row) -> Iterator[tuple[str, str, Condition | None]]:
    """Fact, cell and condition (None: left to the engine) of each cell that is not empty."""
    for column, cell in row.cells.items():
        if cell.strip():
            name = table.inputs[column]
            yield name, cell, read_cell(cell, FACTS[name].kind)


def _ask(asked: AskedCell, facts: Mapping[str, NDArray[Any]], hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a condition left to the engine holds, of what has held so far."""
    at = np.nonzero(hit)
    columns = [np.broadcast_to(facts[name], hit.shape)[at].tolist() for name in asked.facts]
    found = np.zeros(hit.shape, dtype=np.bool_)
    found[at] = [asked.holds(case) for case in zip(*columns, strict=True)]
    return found
