"""Small cells: a group of fewer than five customers is told together with others, so that no figure of a
breakdown is that of one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

__all__ = ["LEAST", "OTHERS", "few", "may_tell", "told_together", "with_small_together"]

LEAST = 5
OTHERS = "others"


def few(many: int) -> str:
    """A count as it may be told.

    >>> few(3), few(1200)
    ('fewer than 5', '1,200')
    """
    return f"fewer than {LEAST}" if 0 < many < LEAST else f"{many:,}"


def told_together(counts: Mapping[str, int]) -> frozenset[str]:
    """The groups of a breakdown that are told as one: small ones, with the next smallest where these are too
    few together. They may still be too few: then nothing of the breakdown may be told.

    >>> sorted(told_together({"A": 40, "B": 7, "C": 1}))
    ['B', 'C']
    """
    small = [name for name, many in counts.items() if 0 < many < LEAST]
    large = sorted((name for name, many in counts.items() if many >= LEAST), key=counts.__getitem__)
    while small and sum(counts[name] for name in small) < LEAST and large:
        small.append(large.pop(0))
    return frozenset(small)


def may_tell(part: Collection[str], counts: Mapping[str, int]) -> bool:
    """Whether the sum over some groups of a breakdown may be told.

    Every sum that is told has all of the groups told together or none of them, and five customers or none,
    so that no sums taken from each other leave a small group.

    >>> counts = {"A": 40, "B": 7, "C": 1}
    >>> may_tell({"A"}, counts), may_tell({"B"}, counts), may_tell({"B", "C"}, counts)
    (True, False, True)
    """
    together, many = told_together(counts), sum(counts.get(name, 0) for name in part)
    whole = together.isdisjoint(part) or together.issubset(part)
    return whole and (many == 0 or many >= LEAST)


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
    taken = told_together({row[name]: row[many] for row in rows})
    small = [row for row in rows if row[name] in taken]
    if not small:
        return [dict(row) for row in rows]
    if sum(row[many] for row in small) < LEAST:
        return []
    together: dict[str, Any] = {name: OTHERS}
    for column in small[0]:
        if column != name:
            together[column] = sum(row[column] for row in small)
    return [*(dict(row) for row in rows if row[name] not in taken), together]
