"""From the choices at the prices to choices within every limit: drop who is too many, use what is left.

What is left goes to single changes first, then, where one customer more or less matters, to pairs of changes:
something dearer here for something cheaper there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.charging import Charged, Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.room import Room, Use

__all__ = ["drop_excess", "exchange", "fill_room"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
Places = NDArray[np.intp]

_SCAN = 20_000  # changes tried before those that no longer fit are sorted out again
_PAIRED = 1_000  # changes nearest to a tie, of which pairs are tried
_FEW = 20_000  # with more customers a pair of changes earns next to nothing
_ROUNDS = 100
_WORTH = 1e-9  # what is less is rounding


def drop_excess(choice: Places, surplus: Floats, room: Room) -> Places:
    """The choices without those of least surplus that break a limit."""
    choice = choice.copy()
    for most, use in room.limits():
        rows = np.flatnonzero(choice != NO_OFFER)
        taken = use(rows, choice[rows])
        over = int(taken.sum()) - most
        if over > 0:
            order = np.argsort(np.where(taken > 0, surplus[rows], np.inf), kind="stable")
            enough = int(np.searchsorted(np.cumsum(taken[order]), over)) + 1
            choice[rows[order[:enough]]] = NO_OFFER
    return choice


def fill_room(choice: Places, offers: Charged, prices: Prices, room: Room) -> Places:
    """The choices after the changes that earn most for what they are charged and still fit every limit."""
    choice, limits = choice.copy(), list(room.limits())
    euro = _euro(room, prices)
    left = room.left(choice)
    while True:
        customers, columns = _changes(choice, offers, euro, prices, room, left)
        if not len(customers):
            return choice
        more = [_more(use, choice, customers, columns) for _, use in limits]
        done: set[int] = set()
        table = np.column_stack(more).tolist() if more else []
        for row, column, taken in zip(customers.tolist(), columns.tolist(), table, strict=True):
            if row not in done and all(t <= free for t, free in zip(taken, left, strict=True)):
                choice[row] = column
                left = [free - t for t, free in zip(taken, left, strict=True)]
                done.add(row)


def exchange(choice: Places, offers: Charged, prices: Prices, room: Room) -> Places:
    """The choices after the pairs of changes that together earn more and fit every limit, the best first."""
    choice, limits = choice.copy(), list(room.limits())
    euro = _euro(room, prices)
    for _ in range(_ROUNDS if len(choice) <= _FEW else 0):
        customers, columns, gain = _near(choice, offers, euro, prices, room)
        left = room.left(choice)
        may = (customers[:, None] != customers) & (gain[:, None] + gain > _WORTH)
        for (_, use), free in zip(limits, left, strict=True):
            more = _more(use, choice, customers, columns)
            may &= more[:, None] + more <= free
        if not may.any():
            break
        both = np.where(may, gain[:, None] + gain, -np.inf)
        one, other = np.unravel_index(int(both.argmax()), both.shape)
        for change in (one, other):
            choice[customers[change]] = columns[change]
    return choice


def _near(
    choice: Places, offers: Charged, euro: Floats, prices: Prices, room: Room
) -> tuple[Places, Places, Floats]:
    """Customers, columns (-1 none) and gains of the changes that lose least after what they are charged."""
    everybody = np.arange(len(choice))
    earned, paid = _standing(choice, offers, euro, prices, room)
    found = [(earned - paid, everybody, np.full(len(choice), NO_OFFER), -earned)]
    for column in range(len(offers.net)):
        at = np.full(len(choice), column)
        gain = offers.net[column] - earned
        found.append((_charge(offers, euro, prices, room, everybody, at) - paid - gain, everybody, at, gain))
    loss, rows, columns, gain = (np.concatenate(part) for part in zip(*found, strict=True))
    loss = np.where(columns == choice[rows], np.inf, loss)
    best = np.argsort(loss, kind="stable")[:_PAIRED]
    best = best[np.isfinite(loss[best])]
    return rows[best], columns[best], gain[best]


def _standing(
    choice: Places, offers: Charged, euro: Floats, prices: Prices, room: Room
) -> tuple[Floats, Floats]:
    """What the choices earn, and what they are charged."""
    some = np.flatnonzero(choice != NO_OFFER)
    earned, paid = np.zeros(len(choice)), np.zeros(len(choice))
    earned[some] = offers.net[choice[some], some]
    paid[some] = _charge(offers, euro, prices, room, some, choice[some])
    return earned, paid


def _euro(room: Room, prices: Prices) -> Floats:
    """The price of a euro by customer."""
    least = room.least(prices)
    return np.full(len(room.tier), prices.total) if least is None else np.maximum(least, prices.total)


def _more(use: Use, choice: Places, customers: Places, columns: Places) -> Cents:
    """What a change takes of a limit beyond the present choice; below 0 where it gives some back."""
    more = np.zeros(len(customers), dtype=np.int64)
    offered, held = columns != NO_OFFER, choice[customers] != NO_OFFER
    more[offered] += use(customers[offered], columns[offered])
    more[held] -= use(customers[held], choice[customers[held]])
    return more


def _changes(
    choice: Places, offers: Charged, euro: Floats, prices: Prices, room: Room, left: list[int]
) -> tuple[Places, Places]:
    """Customers and offers that earn more than the present choice and fit; most for their charge first."""
    earned, paid = _standing(choice, offers, euro, prices, room)
    found = []
    for column in range(len(offers.net)):
        rows = np.flatnonzero(offers.net[column] > earned)
        columns = np.full(len(rows), column, dtype=np.intp)
        for (_, use), free in zip(room.limits(), left, strict=True):
            fits = _more(use, choice, rows, columns) <= free
            rows, columns = rows[fits], columns[fits]
        gain = offers.net[column, rows] - earned[rows]
        more = _charge(offers, euro, prices, room, rows, columns) - paid[rows]
        with np.errstate(divide="ignore"):
            found.append((np.where(more > 0, gain / np.maximum(more, 0.0), np.inf), rows, columns))
    if not found:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    worth, rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    if len(worth) > _SCAN:
        keep = worth >= np.partition(worth, -_SCAN)[-_SCAN]
        worth, rows, columns = worth[keep], rows[keep], columns[keep]
    order = np.lexsort((columns, rows, -worth))[:_SCAN]
    return rows[order], columns[order]


def _charge(
    offers: Charged, euro: Floats, prices: Prices, room: Room, rows: Places, columns: Places
) -> Floats:
    charge = offers.euros[columns, rows] * euro[rows]
    return np.asarray(charge + room.reviewed[rows, columns] * prices.review + prices.treated)
