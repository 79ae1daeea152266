"""One policy lives through a year in its own copy of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.business import Business, View
from benchmarks.loop.score import Score
from retinue.simulation import World, truth
from retinue.simulation.parameters import ARMS, Parameters
from retinue.simulation.response import offer_cost

__all__ = ["CAP_WEEKS", "Policy", "Record", "Situation", "Year", "play"]

Floats = NDArray[np.float64]
CAP_WEEKS = 13
"""Nobody gets another offer within this time: the frequency cap that all policies obey."""
MONTHS = 24
RATE = 0.10


@dataclass(frozen=True)
class Situation:
    """What a policy may look at in a week; arrays run parallel to `view.who`, columns of `cost` to `ARMS`.

    `free`: no offer within the frequency cap. `risk`: the shared score. `clv`: the shared value given that
    the customer stays. `budget`: what may be spent this week.
    """

    week: int
    view: View
    risk: Floats
    clv: Floats
    cost: Floats
    free: NDArray[np.bool_]
    budget: float


@dataclass(frozen=True)
class Record:
    """A week's decisions as the log has them."""

    week: int
    who: NDArray[np.int64]
    arm: NDArray[np.int64]
    propensity: Floats
    row: NDArray[np.int64]
    """Position of each in the situation of its week."""


class Policy(Protocol):
    """A way of spending a budget. `decide` gives an arm (code in `ARMS`) and its probability per customer."""

    name: str

    def decide(self, now: Situation, history: History) -> tuple[NDArray[np.int64], Floats]: ...


@dataclass
class History:
    """Everything that was decided, with the situation in which it was, and who has left since."""

    world: World
    situations: list[Situation] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def left_by(self, who: NDArray[np.int64], week: int) -> NDArray[np.bool_]:
        """Whether the contract of each had ended by the beginning of a week."""
        return self.world.state.ended_at[who] <= self.world.calendar.begin(week)


@dataclass
class Year:
    """What a policy did and earned, week by week; money in the world's currency."""

    name: str
    expected: list[float] = field(default_factory=list)
    """True expected net value of the week's actions over doing nothing."""
    spend: list[float] = field(default_factory=list)
    offers: list[int] = field(default_factory=list)
    dogs: list[int] = field(default_factory=list)
    by_arm: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(ARMS), dtype=np.int64))
    realised: float = 0.0


def play(
    policy: Policy,
    business: Business,
    score: Score,
    *,
    weeks: int,
    budget: float,
    seed: int,
    paths: int = 8,
    turn: tuple[int, Parameters] | None = None,
) -> Year:
    """Live through `weeks` weeks; the business is not changed.

    turn: a week of the year from which on customers respond by other laws.
    """
    world = business.world.copy()
    business = business.fork(world)
    history = History(world)
    year = Year(policy.name)
    last = np.full(0, -CAP_WEEKS)
    first = world.weeks_played
    other = 0.0
    for week in range(first, first + weeks):
        if turn is not None and week == first + turn[0]:
            world.respond_by(turn[1])
        business.catch_up()
        view = business.view(week)
        last = np.concatenate([last, np.full(len(world.people) - last.size, -10_000)])
        cost = np.stack(
            [
                offer_cost(np.full(view.who.size, a, np.int8), view.monthly, world.laws)
                for a in range(len(ARMS))
            ],
            axis=1,
        )
        now = Situation(
            week=week,
            view=view,
            risk=score(view),
            clv=view.monthly * 15.0,
            cost=cost,
            free=week - last[view.who] >= CAP_WEEKS,
            budget=budget,
        )
        arm, propensity = policy.decide(now, history)
        spent = float(cost[np.arange(arm.size), arm].sum())
        if spent > budget + 0.005 or (arm[~now.free] > 0).any():
            raise AssertionError(f"{policy.name} broke a rule in week {week}: spent {spent:.2f}")
        acted = np.flatnonzero(arm > 0)
        logged = np.flatnonzero(~np.isnan(propensity))
        history.situations.append(now)
        history.records.append(Record(week, view.who[logged], arm[logged], propensity[logged], logged))
        gained = 0.0
        if acted.size:
            who, value = truth.value_by_arm(
                world, world.now, MONTHS, annual_discount_rate=RATE, paths=paths, among=view.who[acted]
            )
            taken = arm[acted][np.searchsorted(view.who[acted], who)]
            rows = np.arange(who.size)
            gained = float((value[rows, taken] - value[:, 0]).sum()) - spent
        last[view.who[acted]] = week
        year.expected.append(gained)
        year.spend.append(spent)
        year.offers.append(acted.size)
        year.dogs.append(int((world.people.response.type[view.who[acted]] == 3).sum()))
        year.by_arm += np.bincount(arm, minlength=len(ARMS))
        hidden = np.isin(arm, (6, 7)) * cost[np.arange(arm.size), arm] + 2.0 * (arm == 8)
        other += float(hidden.sum())
        ids = world.ids()
        world.step(
            {str(ids[w]): ARMS[a] for w, a in zip(view.who[acted], arm[acted], strict=True)},
            world.now + timedelta(days=7),
        )
    paid = world.journal.read("transactions", first=first)
    year.realised = float(paid["amount"][paid["status"] != 1].sum()) - other
    return year
