"""Small cells: a group of fewer than five customers is told together with others, so that no figure of a
breakdown is that of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["LEAST", "OTHERS", "few", "with_small_together"]

LEAST = 5
OTHERS = "others"


def few(many: int) -> str:
    """A count as it may be told.

    >>> few(3), few(1200)
    ('fewer than 5', '1,200')
    """
    return f"fewer than {LEAST}" if 0 < many < LEAST else f"{many:,}"


def with_small_together(
    rows: Sequence[Mapping[str, Any]], name: str, *, many: str = "customers"
) -> list[dict[str, Any]]:
    """The rows of a breakdown, small groups as one row `others` at the end; every sum over the rows stays.

    Where the small ones are too few together, the next smallest group joins them: else it could be had by
    subtraction. A breakdown of fewer than five in all is left out whole.

    Parameters
    ----------
    rows: one a group; what is a number and not the name adds up.
    name: the column with the group's name. many: the column that counts its customers.

    >>> rows = [{"tier": "A", "customers": 40, "value": 9.5}, {"tier": "B", "customers": 7, "value": 2.0},
    ...         {"tier": "C", "customers": 1, "value": 1.0}]
    >>> with_small_together(rows, "tier")[-1]
    {'tier': 'others', 'customers': 8, 'value': 3.0}
    """
    small = [row for row in rows if 0 < row[many] < LEAST]
    if not small:
        return [dict(row) for row in rows]
    large = sorted((row for row in rows if row[many] >= LEAST), key=lambda row: row[many])
    while sum(row[many] for row in small) < LEAST and large:
        small.append(large.pop(0))
    if sum(row[many] for row in small) < LEAST:
        return []
    together: dict[str, Any] = {name: OTHERS}
    for column in small[0]:
        if column != name:
            together[column] = sum(row[column] for row in small)
    taken = {row[name] for row in small}
    return [*(dict(row) for row in rows if row[name] not in taken), together]
