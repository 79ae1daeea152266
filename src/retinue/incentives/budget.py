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
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.errors import BudgetError
from retinue.incentives.charging import Charged, Prices, charged
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.upgrades import upgrades

__all__ = ["Allocation", "allocate", "choice_at_price", "no_dearer", "of", "price_within", "to_cents"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
Mask = NDArray[np.bool_]
Choice = NDArray[np.intp]

_SAMPLE = 20_000  # customers whose price is a good first guess for all
_NEAR = 0.03  # how far from it the price of all is sought, as a share
_SCAN = 20_000  # candidates tried before those that no longer fit are sorted out again


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who gets which offer, and what the budget was worth.

    `binding`: whether somebody gets less than wanted for want of money. `choice`: column per customer, -1 for
    none. `filled`: customers whose offer came from the remainder, not from the price. `shadow_price`: net
    value that one more euro of budget would earn; 0 when the budget is no limit. `net_value` and `bound` in
    the project's currency: no allocation within the budget earns more than `bound`. `prices`: of every limit,
    the total's among them.
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
    prices: Prices = field(default_factory=Prices)

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


def choice_at_price(
    net: Floats, cost_cents: Cents, allowed: Mask, price: float, least: Floats | None = None
) -> Choice:
    """Each customer's offer when a euro of budget is charged `price`: the first of the best, if above 0.

    `least`: a price below which a customer's euros are never charged (n).

    >>> import numpy as np
    >>> net, cost = np.array([[30.0, 50.0]]), np.array([[1000, 3000]])
    >>> [int(choice_at_price(net, cost, net > 0, price)[0]) for price in (0.0, 1.5, 4.0)]
    [1, 0, -1]
    """
    offers = charged(net, cost_cents, allowed)
    return Charged(offers.net, offers.euros, least).choose(price)[0]


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
    wanted_cents = int(of(cost_cents, wanted).sum())
    if budget_cents is None or wanted_cents <= budget_cents:
        value = math.fsum(of(net, wanted))
        nobody = np.zeros(len(wanted), dtype=np.bool_)
        return Allocation(False, wanted.copy(), nobody, 0.0, wanted_cents, budget_cents, value, value, 0, 0)

    offers = charged(net, cost_cents, no_dearer(net, cost_cents, allowed, wanted))
    price = _price(offers, cost_cents, budget_cents)
    at_price, surplus = offers.choose(price)
    paid = of(cost_cents, at_price)
    while paid.sum() > budget_cents:  # a tie broken the other way by rounding
        price *= 1.0 + 2.0**-40
        at_price, surplus = offers.choose(price)
        paid = of(cost_cents, at_price)
    choice, earned = _fill(offers, net, cost_cents, at_price, paid, budget_cents)
    spent = int(of(cost_cents, choice).sum())
    if spent > budget_cents:  # pragma: no cover - the invariant that must never break, checked on every run
        raise BudgetError("The allocation exceeds the budget.", where="incentives.budget", fix="Report this.")
    bound = price * (budget_cents / 100.0) + math.fsum(surplus)
    return Allocation(
        binding=True,
        choice=choice,
        filled=choice != at_price,
        shadow_price=price,
        spent_cents=spent,
        budget_cents=budget_cents,
        net_value=math.fsum(earned),
        bound=bound,
        downgraded=int(((choice != wanted) & (choice != NO_OFFER)).sum()),
        dropped=int(((choice == NO_OFFER) & (wanted != NO_OFFER)).sum()),
        prices=Prices(price),
    )


def no_dearer(net: Floats, cost_cents: Cents, allowed: Mask, wanted: Choice) -> Mask:
    """The offers that pay and cost no more than the wanted one: what a budget may downgrade it to."""
    within = cost_cents <= of(cost_cents, wanted)[:, None]
    return np.asarray(allowed & (net > 0) & within & (wanted != NO_OFFER)[:, None])


def price_within(offers: Charged, cost_cents: Cents, budget_cents: int) -> float:
    """The least price found at which the choices cost no more than the budget; 0 if they do anyway."""
    wanted, _ = offers.choose(0.0)
    return 0.0 if of(cost_cents, wanted).sum() <= budget_cents else _price(offers, cost_cents, budget_cents)


def of(values: NDArray[Any], choice: Choice) -> NDArray[Any]:
    """The value of each customer's chosen offer, 0 for none."""
    result = np.zeros(len(choice), dtype=values.dtype)
    rows = np.flatnonzero(choice != NO_OFFER)
    result[rows] = values[rows, choice[rows]]
    return result


def _price(offers: Charged, cost_cents: Cents, budget_cents: int) -> float:
    """The least shadow price found by bisection at which spending is within the budget.

    A customer whose choice is the same at both ends of the bracket keeps it inside (their best charged value
    is the upper envelope of lines in the price), so only the others are evaluated again.
    """
    low, high, at_low, at_high = _bracket(offers, cost_cents, budget_cents)
    spent = int(of(cost_cents, at_high).sum())
    while True:  # ends at the latest when no float lies between the ends
        open_rows = at_low != at_high
        offers, cost_cents = offers.only(open_rows), cost_cents[open_rows]
        at_low, at_high = at_low[open_rows], at_high[open_rows]
        settled = spent - int(of(cost_cents, at_high).sum())
        middle = low + (high - low) / 2.0
        if not len(offers) or not low < middle < high:
            return high
        at_middle, _ = offers.choose(middle)
        spent_now = settled + int(of(cost_cents, at_middle).sum())
        if spent_now <= budget_cents:
            high, at_high, spent = middle, at_middle, spent_now
        else:
            low, at_low = middle, at_middle


def _bracket(offers: Charged, cost_cents: Cents, budget_cents: int) -> tuple[float, float, Choice, Choice]:
    """Two prices between which the one sought lies, and the choices there: spending is over the budget at the
    first, within at the other.

    With many customers the price of every n-th of them, under their part of the budget, is tried first.
    """
    low, at_low = 0.0, None
    high, at_high = np.inf, None
    step = len(offers) // _SAMPLE
    if step > 1:
        part = slice(None, None, step)
        guess = _price(offers.only(part), cost_cents[part], budget_cents // step)
        for price in (guess * (1 - _NEAR), guess * (1 + _NEAR)):
            choice, _ = offers.choose(price)
            if int(of(cost_cents, choice).sum()) > budget_cents:
                low, at_low = price, choice
            elif at_high is None:
                high, at_high = price, choice
    if at_low is None:
        at_low, _ = offers.choose(low)
    if at_high is None:
        high = 2.0 * offers.dearest()
        at_high, _ = offers.choose(high)
    return low, high, at_low, at_high


def _fill(
    offers: Charged, net: Floats, cost_cents: Cents, choice: Choice, paid: Cents, budget_cents: int
) -> tuple[Choice, Floats]:
    """Spend what remains on the upgrades that earn most per euro and still fit; one pass after another.

    `paid`: what the choices cost. Returns the choices and what they earn.
    """
    choice, earned, paid = choice.copy(), of(net, choice), paid.copy()
    left = budget_cents - int(paid.sum())
    while left > 0:
        customers, columns = upgrades(offers, earned, paid / 100.0, left / 100.0, _SCAN)
        if not len(customers):
            break
        more = cost_cents[customers, columns] - paid[customers]
        done: set[int] = set()
        for row, offer, price in zip(customers.tolist(), columns.tolist(), more.tolist(), strict=True):
            if row not in done and price <= left:
                choice[row] = offer
                earned[row], paid[row] = net[row, offer], cost_cents[row, offer]
                left -= price
                done.add(row)
    return choice, earned
