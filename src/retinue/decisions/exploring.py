"""The explorers: what each draws to try, and what the money set apart for trials carries of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.caps import Caps, Uses, trial_caps
from retinue.decisions.in_play import in_play
from retinue.decisions.terms import Terms
from retinue.incentives.charging import Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.draws import uniforms
from retinue.incentives.limits import Limits
from retinue.incentives.policy import draw
from retinue.incentives.trials import carried, trial_price
from retinue.incentives.weighing import Weighed

__all__ = ["affordable", "at", "luck", "trials", "weights", "within"]


def weights(customers: Customers, weighed: Weighed, terms: Terms) -> NDArray[np.float64]:
    """How likely an explorer draws each offer, relative to the customer's others."""
    may = weighed.may_pay & (weighed.trial > 0) & in_play(customers, weighed, terms)[:, None]
    return np.where(may, np.maximum(weighed.best, terms.exploration_floor), 0.0)


def luck(customers: Customers, terms: Terms, as_of: str) -> NDArray[np.float64]:
    """The day's draw of each customer, in [0, 1)."""
    return uniforms(terms.draw_salt, [f"{as_of}\0{customer}" for customer in customers.customer_id])


def trials(
    customers: Customers,
    weighed: Weighed,
    terms: Terms,
    as_of: str,
    treated: NDArray[np.bool_],
    limits: Limits,
    uses: Uses | None,
) -> tuple[float, Caps | None, NDArray[np.intp]]:
    """The prices of what is set apart for trials, and what the explorers try at them (-1 nothing)."""
    total = limits.total_cents
    chances = weights(customers, weighed, terms)
    drawn = draw(chances, luck(customers, terms, as_of), exploration=terms.exploration)
    drawn = np.where(treated, drawn, NO_OFFER)
    treated_share = 1.0 - terms.holdout_share - terms.usual_share
    chance = chances * (terms.exploration * treated_share)
    chance /= np.maximum(chances.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    caps, may = None, np.ones(chances.shape, dtype=np.bool_)
    if uses is not None:
        caps = Caps(Prices(), Prices(), limits.reviews is not None)
        may = caps.carries(weighed, uses)
        prices = trial_caps(
            weighed, uses, limits, np.where(may, chance, 0.0), within(drawn, may), terms.exploration_budget
        )
        caps = replace(caps, trials=prices)
        may = caps.carries(weighed, uses)
    drawn, chance = within(drawn, may), np.where(may, chance, 0.0)
    if total is None:
        return 0.0, caps, within(drawn, affordable(weighed, 0.0))
    price = trial_price(weighed.trial, weighed.cost_cents, chance, total * terms.exploration_budget)
    tried = within(drawn, affordable(weighed, price))
    if at(weighed.cost_cents, tried, 0).sum() > total:
        # more explorers, or dearer ones, than on average: the whole budget is the limit that is never broken
        happened = (tried[:, None] == np.arange(chances.shape[1])).astype(float)
        price = max(price, trial_price(weighed.trial, weighed.cost_cents, happened, total))
        tried = within(drawn, affordable(weighed, price))
    return price, caps, tried


def affordable(
    weighed: Weighed, price: float, caps: Caps | None = None, uses: Uses | None = None
) -> NDArray[np.bool_]:
    """Which trials are carried at a price of the money and of the other limits (n x k)."""
    may = carried(weighed.trial, weighed.cost_cents, price)
    return may if caps is None or uses is None else may & caps.carries(weighed, uses)


def within(drawn: NDArray[np.intp], may: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The drawn offers that are carried; -1 for the others."""
    return np.where(at(may, drawn, False), drawn, NO_OFFER)


def at(table: NDArray[Any], columns: NDArray[np.intp], otherwise: Any) -> NDArray[Any]:
    """The value of each row in its column; `otherwise` where the column is none."""
    if not table.shape[1]:
        return np.full(len(columns), otherwise)
    found = np.take_along_axis(table, np.maximum(columns, 0)[:, None], axis=1)[:, 0]
    return np.where(columns == NO_OFFER, otherwise, found)
