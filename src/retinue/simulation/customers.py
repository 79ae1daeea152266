"""Who the customers are: what never changes about them, half of it visible to the business."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.simulation.calendar import Calendar
from retinue.simulation.parameters import (
    PLAN_PRICES,
    WEEK,
    Parameters,
)
from retinue.simulation.response import Response, draw_response
from retinue.simulation.streams import Bools, Draws, Floats, Ints, Small, Stream, keys_for

__all__ = ["Population", "arrivals", "first_signups", "monthly_price"]

_SIZE_SHARE = (0.46, 0.31, 0.16, 0.07)
_PLAN_GIVEN_SIZE = (
    (0.66, 0.28, 0.055, 0.005),
    (0.36, 0.45, 0.17, 0.02),
    (0.12, 0.40, 0.36, 0.12),
    (0.04, 0.18, 0.38, 0.40),
)
_SEATS_BY_SIZE = np.array([1.0, 1.15, 1.4, 1.8])
_COUNTRY_SHARE = (0.32, 0.16, 0.12, 0.08, 0.10, 0.08, 0.05, 0.09)
_CHANNEL_SHARE = (0.30, 0.27, 0.17, 0.11, 0.15)
_INDUSTRY_SHARE = (0.24, 0.22, 0.15, 0.13, 0.14, 0.12)
_METHOD_SHARE = (0.58, 0.22, 0.12, 0.08)
_PROFILE_SHARE = (0.38, 0.27, 0.15, 0.20)
_TRAITS = ("channel", "industry", "size", "annual", "method", "profile")
"""What the response to offers depends on, beside the price and hidden luck."""


@dataclass(slots=True)
class Population:
    """One entry per customer in every array, in the order of their numbers.

    Visible to the business: account, country, channel, industry, size, plan, annual, method, signup.
    Hidden: profile (what they use), mean health, frailty, habit, card quality, the response to offers.
    """

    number: Ints
    key: npt.NDArray[np.uint64]
    signup: Ints
    account: Ints
    country: Small
    channel: Small
    industry: Small
    size: Small
    first_plan: Small
    annual: Bools
    method: Small
    profile: Small
    seats: npt.NDArray[np.float64]
    mean_health: npt.NDArray[np.float64]
    first_health: npt.NDArray[np.float32]
    first_slump: Bools
    frailty: npt.NDArray[np.float64]
    habit: npt.NDArray[np.float64]
    card: npt.NDArray[np.float64]
    ticket_habit: npt.NDArray[np.float64]
    price_sensitivity: npt.NDArray[np.float64]
    contact_change: Ints
    response: Response

    def __len__(self) -> int:
        return len(self.number)

    def joined(self, more: Population) -> Population:
        """This population followed by another."""
        parts: dict[str, Any] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(more, field.name)
            if isinstance(mine, Response):
                parts[field.name] = mine.joined(theirs)
            else:
                parts[field.name] = np.concatenate([mine, theirs])
        return Population(**parts)

    def head(self, count: int) -> Population:
        """The first `count` of them."""
        if count == len(self):
            return self
        parts: dict[str, Any] = {}
        for field in fields(self):
            mine = getattr(self, field.name)
            parts[field.name] = mine.head(count) if isinstance(mine, Response) else mine[:count]
        return Population(**parts)

    def responding(self, laws: Parameters) -> Population:
        """The same customers with the same luck, who respond to offers by other laws."""
        traits: dict[str, Any] = {name: getattr(self, name) for name in _TRAITS}
        price = monthly_price(self.first_plan, self.seats, self.annual, laws)
        return replace(self, response=draw_response(Draws(self.key), laws, **traits, monthly=price))

    @classmethod
    def draw(cls, numbers: Ints, signup: Ints, *, start: int, seed: int, laws: Parameters) -> Population:
        """The customers of these numbers, who joined at these seconds.

        About a quarter share the account (and so the country) of a customer shortly before them. A tenth of
        those who joined before the history's `start` are in a slump when it begins.
        """
        key = keys_for(seed, numbers)
        draws = Draws(key)
        account = _accounts(numbers, seed)
        country = _pick(Draws(keys_for(seed, account)).uniform(Stream.COUNTRY), _COUNTRY_SHARE)
        size = _pick(draws.uniform(Stream.SIZE), _SIZE_SHARE)
        first_plan = np.zeros(len(numbers), dtype=np.int8)
        luck = draws.uniform(Stream.PLAN)
        for level, shares in enumerate(_PLAN_GIVEN_SIZE):
            mine = size == level
            first_plan[mine] = _pick(luck[mine], shares)
        annual = draws.uniform(Stream.BILLING) < laws.annual_share + 0.05 * size
        seats = np.round(_SEATS_BY_SIZE[size] * np.exp(0.25 * draws.normal(Stream.SEATS)), 2)
        channel = _pick(draws.uniform(Stream.CHANNEL), _CHANNEL_SHARE)
        industry = _pick(draws.uniform(Stream.INDUSTRY), _INDUSTRY_SHARE)
        method = _pick(draws.uniform(Stream.METHOD), _METHOD_SHARE)
        profile = _pick(draws.uniform(Stream.PROFILE), _PROFILE_SHARE)
        mean_health = laws.mean_health + laws.mean_health_spread * draws.normal(Stream.MEAN_HEALTH)
        change = -np.log(draws.uniform(Stream.CONTACT_CHANGE)) * 6 * 365.25 * 86_400
        given = (channel, industry, size, annual, method, profile)
        traits: dict[str, Any] = dict(zip(_TRAITS, given, strict=True))
        price = monthly_price(first_plan, seats, annual, laws)
        response = draw_response(draws, laws, **traits, monthly=price)
        luck = draws.uniform(Stream.FIRST_SLUMP)
        slump = (signup < start) & (luck < 0.10)
        health = mean_health + 0.2 + 0.6 * draws.normal(Stream.FIRST_HEALTH)
        health -= np.where(slump, 6.0 * luck * laws.slump_depth, 0.0)
        return cls(
            number=numbers,
            key=key,
            signup=signup,
            account=account,
            country=country,
            channel=channel,
            industry=industry,
            size=size,
            first_plan=first_plan,
            annual=annual,
            method=method,
            profile=profile,
            seats=seats,
            mean_health=mean_health,
            first_health=health.astype(np.float32),
            first_slump=slump,
            frailty=laws.frailty * draws.normal(Stream.FRAILTY),
            habit=np.exp(0.5 * draws.normal(Stream.HABIT) - 0.5**2 / 2),
            card=np.exp(0.5 * draws.normal(Stream.CARD) - 0.5**2 / 2),
            ticket_habit=np.exp(0.5 * draws.normal(Stream.TICKET_HABIT) - 0.5**2 / 2),
            price_sensitivity=np.exp(0.4 * draws.normal(Stream.PRICE_SENSITIVITY)),
            contact_change=signup + change.astype(np.int64),
            response=response,
        )


def monthly_price(
    plan: Small, seats: Floats, annual: Bools, laws: Parameters, *, raised: bool = False
) -> Floats:
    """List price per month in cents: plan price x seats x 0.85 if annual x 1.08 after the price rise."""
    base = np.asarray(PLAN_PRICES)[plan] * seats
    price = base * np.where(annual, laws.annual_price, 1.0) * (1 + laws.price_rise if raised else 1.0)
    return np.round(price, 2)


def first_signups(customers: int, calendar: Calendar, *, seed: int, laws: Parameters) -> Ints:
    """When the first `customers` joined: sorted, so that numbers grow with time.

    A share `backlog` joined in the three years before the history, the others over it, at a rate that grows
    linearly by `growth` and swings by a fifth with the year (most in autumn). Customer i sits at the quantile
    (i + u_i) / n of that curve.
    """
    luck = Draws(keys_for(seed, np.arange(1, customers + 1, dtype=np.int64))).uniform(Stream.SIGNUP)
    before = min(round(customers * laws.backlog), customers)
    old = np.sqrt((np.arange(before) + luck[:before]) / max(before, 1))
    backlog = calendar.start - (3 * 365.25 * 86_400 * (1 - old)).astype(np.int64) - 1
    rate = np.array([_arrival_rate(calendar, week, laws) for week in range(calendar.weeks)])
    grid = np.concatenate([[0.0], np.cumsum(rate) / rate.sum()])
    new = customers - before
    quantile = (np.arange(new) + luck[before:]) / max(new, 1)
    weeks = np.interp(quantile, grid, np.arange(calendar.weeks + 1.0))
    later = calendar.start + (weeks * WEEK).astype(np.int64)
    return np.concatenate([backlog, later])


def arrivals(
    week: int, known: int, customers: int, calendar: Calendar, *, seed: int, laws: Parameters
) -> Population:
    """Those who join in a week after the history, numbered on from `known`; the curve goes on as it was."""
    total = sum(_arrival_rate(calendar, w, laws) for w in range(calendar.weeks))
    expected = (customers - round(customers * laws.backlog)) * _arrival_rate(calendar, week, laws) / total
    luck = float(Draws(keys_for(seed, np.array([0], dtype=np.int64))).uniform(Stream.SIGNUP, week)[0])
    count = int(np.floor(expected + luck))
    numbers = np.arange(known + 1, known + count + 1, dtype=np.int64)
    when = np.sort(Draws(keys_for(seed, numbers)).uniform(Stream.SIGNUP))
    joined = calendar.begin(week) + (when * WEEK).astype(np.int64)
    return Population.draw(numbers, joined, start=calendar.start, seed=seed, laws=laws)


def _arrival_rate(calendar: Calendar, week: int, laws: Parameters) -> float:
    growth = 1 + laws.growth * (week / calendar.weeks)
    return float(growth * (1 + 0.2 * np.cos(2 * np.pi * (calendar.year_phase(week) - 0.78))))


def _accounts(numbers: Ints, seed: int) -> Ints:
    """The number of the customer who opened the account; a customer follows one of up to 8 places before."""
    account = numbers.copy()
    leads = Draws(keys_for(seed, numbers)).uniform(Stream.ACCOUNT) >= 0.24
    for back in range(1, 9):
        pending = ~leads & (account == numbers - back + 1) & (account > 1)
        if not pending.any():
            break
        account[pending] -= 1
        earlier = Draws(keys_for(seed, account[pending])).uniform(Stream.ACCOUNT) >= 0.24
        done = np.flatnonzero(pending)[earlier]
        leads[done] = True
    return account


def _pick(luck: Floats, shares: tuple[float, ...]) -> Small:
    edges = np.cumsum(shares)[:-1] / sum(shares)
    return np.searchsorted(edges, luck, side="right").astype(np.int8)
