"""Better offers that what is left of a budget still pays, the best per euro first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.charging import Charged, blocks

__all__ = ["upgrades"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

HALF_A_CENT = 0.005


def upgrades(offers: Charged, earned: Floats, paid: Floats, left: float, most: int) -> tuple[Places, Places]:
    """Customers and offers that earn more than a customer's present choice for at most `left` euros more.

    `earned`, `paid`: of the present choices, paid in euros. The `most` that earn most per euro, best first;
    of equals the first customer's first offer. A customer may come more than once, with different offers.

    >>> offers = Charged(np.array([[5.0, 4.0], [9.0, 7.0]]), np.array([[1.0, 1.0], [3.0, 2.0]]))
    >>> found = upgrades(offers, np.array([5.0, 0.0]), np.array([1.0, 0.0]), 2.0, 20)
    >>> [each.tolist() for each in found]
    [[1, 1, 0], [0, 1, 1]]
    """
    limit = left + HALF_A_CENT
    per_euro, customers, columns = np.empty(0), np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    found: list[tuple[Floats, Places, Places]] = []
    waiting, least = 0, 0.0
    for rows in blocks(len(offers)):
        for column, (net, euros) in enumerate(zip(offers.net[:, rows], offers.euros[:, rows], strict=True)):
            more = euros - paid[rows]
            fits = np.flatnonzero((more > 0) & (more < limit))
            gain = (net[fits] - earned[rows][fits]) / more[fits]
            better = gain > least
            places = fits[better]
            found.append((gain[better], places + rows.start, np.full(len(places), column)))
            waiting += len(places)
        if waiting > most or rows.stop == len(offers):
            parts = zip((per_euro, customers, columns), *found, strict=True)
            per_euro, customers, columns = (np.concatenate(part) for part in parts)
            order = np.lexsort((columns, customers, -per_euro))[:most]
            per_euro, customers, columns = per_euro[order], customers[order], columns[order]
            found, waiting = [], 0
            if len(order) == most:
                least = float(per_euro[-1])  # an equal one of a later customer would come after it
    return customers, columns
