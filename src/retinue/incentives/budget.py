"""At most one offer for each customer under a total budget, never a cent above it.

The problem is a multiple-choice knapsack: maximise the sum of net values, with at most one offer each and
the sum of the costs within B. Its Lagrangian charges every euro a *shadow price* m: each customer then takes
the offer of greatest net - m * cost, or none. Spending falls as m rises, so bisection finds the least m that
keeps within B. What remains is given to the upgrades that earn most per euro among those that still fit.

For any m >= 0, m * B + sum of max(0, net - m * cost) is at least the optimum (weak duality), so the *duality
gap* (that bound minus what the allocation earns) says how far from the best it can be at most.

Source: Sinha and Zoltners (1979), "The multiple-choice knapsack problem", Operations Research 27(3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.errors import BudgetError
from retinue.incentives.choose import NO_OFFER

__all__ = ["Allocation", "allocate", "choice_at_price", "no_dearer", "to_cents"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
Mask = NDArray[np.bool_]
Choice = NDArray[np.intp]

_SAMPLE = 20_000  # customers whose price is a good first guess for all
_SCAN = 20_000  # candidates tried before those that no longer fit are sorted out again


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets which offer, and what the budget was worth.

    `binding`: whether somebody gets less than wanted for want of money. `choice`: column per customer, -1 for
    none. `filled`: customers whose offer came from the remainder, not from the price. `shadow_price`: net
    value that one more euro of budget would earn; 0 when the budget is no limit. `net_value` and `bound` in
    the project's currency: no allocation within the budget earns more than `bound`.
    """

    binding: bool
    choice: Choice
    filled: Mask
    shadow_price: float
    spent_cents: int
    budget_cents: int | None
    net_value: float
    bound: float
    downgraded: int
    dropped: int

    @property
    def gap(self) -> float:
        """How far below the optimum the allocation may be at most, in money."""
        return max(0.0, self.bound - self.net_value)

    @property
    def relative_gap(self) -> float:
        """The same as a share of the bound."""
        return self.gap / self.bound if self.bound > 0 else 0.0


def to_cents(budget: Decimal) -> int:
    """A budget as whole cents; a fraction of a cent is not spent.

    Raises BudgetError for a negative or infinite one.

    >>> to_cents(Decimal("1000.019"))
    100001
    """
    if not budget.is_finite() or budget < 0:
        raise BudgetError(
            f"A budget of {budget} cannot be kept.", where="--budget", fix="State an amount of 0 or more."
        )
    return int((budget * 100).to_integral_value(ROUND_DOWN))


def choice_at_price(net: Floats, cost_cents: Cents, allowed: Mask, price: float) -> Choice:
    """Each customer's offer when a euro of budget is charged `price`: the first of the best, if above 0.

    >>> import numpy as np
    >>> net, cost = np.array([[30.0, 50.0]]), np.array([[1000, 3000]])
    >>> [int(choice_at_price(net, cost, net > 0, price)[0]) for price in (0.0, 1.5, 4.0)]
    [1, 0, -1]
    """
    best = np.zeros(net.shape[0])
    choice: Choice = np.full(net.shape[0], NO_OFFER, dtype=np.intp)
    for column in range(net.shape[1]):
        charged = net[:, column] - price * (cost_cents[:, column] / 100.0)
        better = allowed[:, column] & (charged > best)
        np.copyto(best, charged, where=better)
        choice[better] = column
    return choice


def allocate(
    net: Floats, cost_cents: Cents, allowed: Mask, wanted: Choice, budget_cents: int | None
) -> Allocation:
    """Keep everybody's wanted offer if the budget carries it; else downgrade and drop where it costs least.

    Parameters
    ----------
    net, cost_cents, allowed: n x k; the offers of positive net value that may be made.
    wanted: the offer each customer gets when money is no limit (-1 none). No customer gets a dearer one.
    budget_cents: total, None for no limit.
    """
    allowed = no_dearer(net, cost_cents, allowed, wanted)
    wanted_cents = int(_of(cost_cents, wanted).sum())
    if budget_cents is None or wanted_cents <= budget_cents:
        value = math.fsum(_of(net, wanted))
        nobody = np.zeros(len(wanted), dtype=np.bool_)
        return Allocation(False, wanted.copy(), nobody, 0.0, wanted_cents, budget_cents, value, value, 0, 0)

    # column by column is how everything below reads them
    net, cost_cents, allowed = (
        np.asfortranarray(net),
        np.asfortranarray(cost_cents),
        np.asfortranarray(allowed),
    )
    price = _price(net, cost_cents, allowed, budget_cents)
    at_price = choice_at_price(net, cost_cents, allowed, price)
    left = budget_cents - int(_of(cost_cents, at_price).sum())
    while left < 0:  # a tie broken the other way by rounding
        price *= 1.0 + 2.0**-40
        at_price = choice_at_price(net, cost_cents, allowed, price)
        left = budget_cents - int(_of(cost_cents, at_price).sum())
    choice = _fill(net, cost_cents, allowed, at_price, left)
    spent = int(_of(cost_cents, choice).sum())
    if spent > budget_cents:  # pragma: no cover - the invariant that must never break, checked on every run
        raise BudgetError("The allocation exceeds the budget.", where="incentives.budget", fix="Report this.")
    surplus = np.where(allowed, net - price * (cost_cents / 100.0), 0.0).max(axis=1, initial=0.0)
    bound = price * (budget_cents / 100.0) + math.fsum(surplus)
    return Allocation(
        binding=True,
        choice=choice,
        filled=choice != at_price,
        shadow_price=price,
        spent_cents=spent,
        budget_cents=budget_cents,
        net_value=math.fsum(_of(net, choice)),
        bound=bound,
        downgraded=int(((choice != wanted) & (choice != NO_OFFER)).sum()),
        dropped=int(((choice == NO_OFFER) & (wanted != NO_OFFER)).sum()),
    )


def no_dearer(net: Floats, cost_cents: Cents, allowed: Mask, wanted: Choice) -> Mask:
    """The offers that pay and cost no more than the wanted one: what a budget may downgrade it to."""
    within = cost_cents <= _of(cost_cents, wanted)[:, None]
    return np.asarray(allowed & (net > 0) & within & (wanted != NO_OFFER)[:, None])


def _of(values: NDArray[Any], choice: Choice) -> NDArray[Any]:
    """The value of each customer's chosen offer, 0 for none."""
    result = np.zeros(len(choice), dtype=values.dtype)
    rows = np.flatnonzero(choice != NO_OFFER)
    result[rows] = values[rows, choice[rows]]
    return result


def _price(net: Floats, cost_cents: Cents, allowed: Mask, budget_cents: int) -> float:
    """The least shadow price found by bisection at which spending is within the budget.

    A customer whose choice is the same at both ends of the bracket keeps it inside (their best charged value
    is the upper envelope of lines in the price), so only the others are evaluated again.
    """
    low, high = _bracket(net, cost_cents, allowed, budget_cents)
    at_low = choice_at_price(net, cost_cents, allowed, low)
    at_high = choice_at_price(net, cost_cents, allowed, high)
    rows = np.arange(len(net))
    settled = 0
    while True:  # ends at the latest when no float lies between the ends
        open_rows = at_low != at_high
        settled += int(_of(cost_cents[rows[~open_rows]], at_high[~open_rows]).sum())
        rows, at_low, at_high = rows[open_rows], at_low[open_rows], at_high[open_rows]
        middle = low + (high - low) / 2.0
        if not len(rows) or not low < middle < high:
            break
        at_middle = choice_at_price(net[rows], cost_cents[rows], allowed[rows], middle)
        if settled + int(_of(cost_cents[rows], at_middle).sum()) <= budget_cents:
            high, at_high = middle, at_middle
        else:
            low, at_low = middle, at_middle
    return high


def _bracket(net: Floats, cost_cents: Cents, allowed: Mask, budget_cents: int) -> tuple[float, float]:
    """Two prices between which the one sought lies: spending is over the budget at the first, within at the
    other.

    With many customers the price of every n-th of them, under their part of the budget, is tried first.
    """
    costly = allowed & (cost_cents > 0)
    value_per_euro = np.divide(net * 100.0, cost_cents, where=costly, out=np.zeros_like(net))
    low, high = 0.0, 2.0 * float(value_per_euro.max())
    step = len(net) // _SAMPLE
    if step > 1:
        part = slice(None, None, step)
        guess = _price(net[part], cost_cents[part], allowed[part], budget_cents // step)
        for price in (guess * 0.97, guess * 1.03):
            choice = choice_at_price(net, cost_cents, allowed, price)
            if int(_of(cost_cents, choice).sum()) <= budget_cents:
                high = min(high, price)
            else:
                low = max(low, price)
    return low, high


def _fill(net: Floats, cost_cents: Cents, allowed: Mask, choice: Choice, left: int) -> Choice:
    """Spend what remains on the upgrades that earn most per euro and still fit; one pass after another."""
    choice = choice.copy()
    while left > 0:
        now_cost, now_net = _of(cost_cents, choice), _of(net, choice)
        found = []
        for column in range(net.shape[1]):
            more = cost_cents[:, column] - now_cost
            fits = allowed[:, column] & (net[:, column] > now_net) & (more > 0) & (more <= left)
            rows = np.flatnonzero(fits)
            gain = (net[rows, column] - now_net[rows]) / more[rows]
            found.append((rows, np.full(len(rows), column), more[rows], gain))
        customers, offers, prices, gains = (np.concatenate(part) for part in zip(*found, strict=True))
        if not len(customers):
            break
        order = np.lexsort((offers, customers, -gains))[:_SCAN]
        best = zip(customers[order].tolist(), offers[order].tolist(), prices[order].tolist(), strict=True)
        done: set[int] = set()
        for row, offer, price in best:
            if row not in done and price <= left:
                choice[row] = offer
                left -= price
                done.add(row)
    return choice
