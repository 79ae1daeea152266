"""The prices of several limits at which all customers' choices together just fit.

The bound g(prices) = sum of limit * price + sum of max(0, net - charge) is convex, and at no prices below
what the best allocation earns (weak duality). It is minimised block by block, in turns:

* money: the price of each tier's own budget alone, then the total's, by bisection; tiers do not share
  customers, so that the block is solved exactly,
* treated customers and reviews: a customer uses one where it is worth more to them than its price, so that
  the price is the (limit + 1)-th greatest of those worths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.budget import price_within
from retinue.incentives.charging import Charged, Prices
from retinue.incentives.room import Room

__all__ = ["counted", "find_prices"]

Floats = NDArray[np.float64]
Choice = NDArray[np.intp]

_SAMPLE = 20_000  # customers whose prices are a good first guess for all
_NEAR = 0.1  # how far from it the prices of all are sought, as a share
_BOXES = 4  # where they are sought before everybody is asked in every turn
_TURNS = 60  # turns over the blocks at most
_STILL = 1e-8  # a turn that lowers the bound by a smaller share is the last


def find_prices(offers: Charged, room: Room, prices: Prices) -> Prices:
    """The prices of least bound found; with many customers those of every n-th one tell where to look.

    The prices at which an offer is a customer's best form a convex set: whoever chooses the same at all
    corners of a box of prices does so inside, and is not asked again.
    """
    step = len(offers) // _SAMPLE
    if step <= 1:
        return _descend(offers, room, prices)
    part = slice(None, None, step)
    prices = _descend(offers.only(part), room.every(step), prices)
    for _ in range(_BOXES):
        low, high = _box(prices, offers)
        choice, ask = _settled(offers, room, low, high)
        inner = room.beside(choice, ask)
        if inner is not None:
            prices = _descend(offers.only(ask), inner, prices)
            if _at_most(low, prices) and _at_most(prices, high):
                return prices
        prices = _turn(offers, room, prices)
    return prices


def counted(offers: Charged, room: Room, prices: Prices) -> Charged:
    """The offers less the charge for counts, each euro at least at the price of its tier."""
    net = offers.net
    if prices.review:
        net = net - np.where(room.reviewed.T, prices.review, 0.0)
    if prices.treated:
        net = net - prices.treated
    return Charged(net, offers.euros, room.least(prices))


def _box(prices: Prices, offers: Charged) -> tuple[Prices, Prices]:
    """Prices around the given ones; around 0, a small part of what offers are worth."""
    paid = offers.euros > 0
    worth = np.where(np.isfinite(offers.net), offers.net, 0.0)
    some = float(worth.mean()) * _NEAR
    euro = float(worth[paid].mean() / offers.euros[paid].mean()) * _NEAR if paid.any() else 0.0
    low = Prices(
        prices.total * (1 - _NEAR),
        {name: price * (1 - _NEAR) for name, price in prices.tiers.items()},
        prices.review * (1 - _NEAR),
        prices.treated * (1 - _NEAR),
    )
    high = Prices(
        prices.total * (1 + _NEAR) or euro,
        {name: price * (1 + _NEAR) or euro for name, price in prices.tiers.items()},
        prices.review * (1 + _NEAR) or some,
        prices.treated * (1 + _NEAR) or some,
    )
    return low, high


def _at_most(one: Prices, other: Prices) -> bool:
    return (
        one.total <= other.total
        and one.review <= other.review
        and one.treated <= other.treated
        and all(price <= other.tiers[name] for name, price in one.tiers.items())
    )


def _settled(offers: Charged, room: Room, low: Prices, high: Prices) -> tuple[Choice, NDArray[np.bool_]]:
    """The choices at one corner, and for whom they differ at another."""
    first, ask = None, np.zeros(len(offers), dtype=np.bool_)
    for corner in _corners(low, high, room):
        choice, _ = counted(offers, room, corner).choose(corner.total)
        if first is None:
            first = choice
        ask |= choice != first
    return first, ask  # type: ignore[return-value]


def _corners(low: Prices, high: Prices, room: Room) -> Iterator[Prices]:
    """A customer's euros have one price: money is one side of the box however many tiers there are."""
    money = (low, high) if room.total is not None or room.tier_cents else (low,)
    reviews = (low.review, high.review) if room.reviews is not None else (0.0,)
    treated = (low.treated, high.treated) if room.treated is not None else (0.0,)
    for euros, review, treating in product(money, reviews, treated):
        yield Prices(euros.total if room.total is not None else 0.0, euros.tiers, review, treating)


def _descend(offers: Charged, room: Room, prices: Prices) -> Prices:
    best, least = prices, math.inf
    blocks = (
        room.total is not None or bool(room.tier_cents),
        room.treated is not None,
        room.reviews is not None,
    )
    for _ in range(_TURNS if sum(blocks) > 1 else 1):
        prices = _turn(offers, room, prices)
        _, surplus = counted(offers, room, prices).choose(prices.total)
        bound = room.worth(prices) + math.fsum(surplus)
        gained = least - bound
        if bound < least:
            best, least = prices, bound
        if not gained > _STILL * abs(least):
            break
    return best


def _turn(offers: Charged, room: Room, prices: Prices) -> Prices:
    return _reviews(offers, room, _treated(offers, room, _money(offers, room, prices)))


def _money(offers: Charged, room: Room, prices: Prices) -> Prices:
    net, euros, tiers = counted(offers, room, prices).net, offers.euros, {}
    for place, (tier, cents) in enumerate(room.tier_cents.items()):
        rows = np.flatnonzero(room.tier == place)
        alone = Charged(net[:, rows], euros[:, rows])
        tiers[tier] = price_within(alone, room.cost_cents[rows], cents)
    if room.total is None:
        return replace(prices, tiers=tiers)
    everybody = Charged(net, euros, room.least(Prices(tiers=tiers)))
    total = price_within(everybody, room.cost_cents, room.total)
    return replace(prices, total=total, tiers={name: max(own, total) for name, own in tiers.items()})


def _treated(offers: Charged, room: Room, prices: Prices) -> Prices:
    if room.treated is None:
        return prices
    _, worth = counted(offers, room, replace(prices, treated=0.0)).choose(prices.total)
    return replace(prices, treated=_first_left_out(worth, room.treated))


def _reviews(offers: Charged, room: Room, prices: Prices) -> Prices:
    if room.reviews is None:
        return prices
    free = counted(offers, room, replace(prices, review=0.0))
    _, reviewed = Charged(np.where(room.reviewed.T, free.net, -np.inf), free.euros, free.least).choose(
        prices.total
    )
    _, alone = Charged(np.where(room.reviewed.T, -np.inf, free.net), free.euros, free.least).choose(
        prices.total
    )
    return replace(prices, review=_first_left_out(reviewed - alone, room.reviews))


def _first_left_out(worth: Floats, places: int) -> float:
    """What a place is worth to the first who goes without one: the price at which there are just enough."""
    if places >= len(worth):
        return 0.0
    place = len(worth) - places - 1
    return max(0.0, float(np.partition(worth, place)[place]))
