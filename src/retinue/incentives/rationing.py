"""At most one offer for each customer under several limits at once, none of them ever broken.

Each limit of `retinue.incentives.limits` has a price (`retinue.incentives.prices`), and each customer takes
the offer of greatest net value less what it is charged (Lagrangian relaxation). Whoever is too many then, by
rounding or by a tie, is dropped, those of least surplus first; what is left of the limits goes to the changes
that earn most for what they are charged and fit every limit.

Source: Kellerer, Pferschy and Pisinger (2004), Knapsack Problems, chapters 9 and 11.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retinue.errors import BudgetError
from retinue.incentives.budget import Allocation, allocate, no_dearer, of
from retinue.incentives.charging import Prices, charged
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.filling import drop_excess, exchange, fill_room
from retinue.incentives.limits import Limits
from retinue.incentives.prices import counted, find_prices
from retinue.incentives.room import Room

__all__ = ["allocate_within"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
Mask = NDArray[np.bool_]
Choice = NDArray[np.intp]


def allocate_within(
    net: Floats,
    cost_cents: Cents,
    allowed: Mask,
    wanted: Choice,
    limits: Limits,
    *,
    tiers: NDArray[np.object_] | None = None,
    reviewed: Mask | None = None,
) -> Allocation:
    """Everybody's wanted offer if the limits carry it; else cheaper ones, or none, where it costs least.

    Parameters
    ----------
    net, cost_cents, allowed: n x k; the offers of positive net value that may be made.
    wanted: the offer each customer gets without limits (-1 none). No customer gets a dearer one.
    tiers: each customer's value tier; needed with `limits.tier_cents`.
    reviewed: n x k, the offers that a person must approve; needed with `limits.reviews`.

    With no other limit than the total this is `allocate`.

    >>> net, cost = np.array([[30.0], [50.0], [40.0]]), np.array([[1000], [3000], [1000]])
    >>> found = allocate_within(net, cost, net > 0, np.array([0, 0, 0]), Limits(treated=2))
    >>> found.choice.tolist(), found.prices.treated
    ([-1, 0, 0], 30.0)
    """
    if not limits.more_than_money:
        return allocate(net, cost_cents, allowed, wanted, limits.total_cents)
    rows = np.flatnonzero(wanted != NO_OFFER)
    room = Room.of(
        limits,
        cost_cents[rows],
        None if tiers is None else tiers[rows],
        None if reviewed is None else reviewed[rows],
    )
    free = Prices(tiers=dict.fromkeys(limits.tier_cents, 0.0))
    if min(room.left(wanted[rows])) >= 0:
        found = allocate(net, cost_cents, allowed, wanted, None)
        return replace(found, budget_cents=limits.total_cents, prices=free)
    may = no_dearer(net[rows], cost_cents[rows], allowed[rows], wanted[rows])
    offers = charged(net[rows], cost_cents[rows], may)
    prices = find_prices(offers, room, free)
    at_price, surplus = counted(offers, room, prices).choose(prices.total)
    bound = room.worth(prices) + math.fsum(surplus)
    kept = fill_room(drop_excess(at_price, surplus, room), offers, prices, room)
    choice = np.full(len(wanted), NO_OFFER, dtype=np.intp)
    choice[rows] = exchange(kept, offers, prices, room)
    if min(room.left(choice[rows])) < 0:  # pragma: no cover - the invariant that must never break
        raise BudgetError("The allocation exceeds a limit.", where="incentives.rationing", fix="Report this.")
    filled = np.zeros(len(wanted), dtype=np.bool_)
    filled[rows] = choice[rows] != at_price
    return Allocation(
        binding=True,
        choice=choice,
        filled=filled,
        shadow_price=prices.total,
        spent_cents=int(of(cost_cents, choice).sum()),
        budget_cents=limits.total_cents,
        net_value=math.fsum(of(net, choice)),
        bound=bound,
        downgraded=int(((choice != wanted) & (choice != NO_OFFER)).sum()),
        dropped=int(((choice == NO_OFFER) & (wanted != NO_OFFER)).sum()),
        prices=prices,
    )
