"""Policies that know: the clairvoyant each person's response, the informed the true response given what can
be observed and the true state, the observer every parameter but only the data a business sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.play import MONTHS, RATE, History, Situation
from retinue.incentives.budget import allocate
from retinue.simulation import truth
from retinue.simulation.parameters import ARMS, MONTH

__all__ = ["Knowing", "under_budget"]

Floats = NDArray[np.float64]


def under_budget(net: Floats, cost: Floats, free: NDArray[np.bool_], budget: float) -> NDArray[np.int64]:
    """The best arm of each within the budget; `net` and `cost` have a column per arm, doing nothing first."""
    gain, cents = net[:, 1:], np.rint(cost[:, 1:] * 100).astype(np.int64)
    allowed = (gain > 0) & free[:, None]
    masked = np.where(allowed, gain, -np.inf)
    wanted = np.where(allowed.any(axis=1), masked.argmax(axis=1), -1)
    return allocate(gain, cents, allowed, wanted, int(budget * 100)).choice + 1


@dataclass
class Knowing:
    """One that knows; `kind` is clairvoyant, informed or observer."""

    kind: str
    paths: int = 4
    seen: object | None = None
    """For the observer: a function from a situation to the expected value gained by each case."""

    @property
    def name(self) -> str:
        return self.kind

    def decide(self, now: Situation, history: History) -> tuple[NDArray[np.int64], Floats]:
        world, view = history.world, now.view
        arm = np.zeros(view.who.size, dtype=np.int64)
        rows = np.flatnonzero(now.free & (now.risk > 0.08))
        who = view.who[rows]
        response = world.people.response
        if self.kind == "observer":
            saved, lost = self.seen(now, rows)  # type: ignore[operator]
        else:
            cases = self._cases(history, who)
            saved, lost = cases[2] - cases[0], cases[3] - cases[0]
        if self.kind == "clairvoyant":
            enough = (response.type[who] == 0)[:, None] & (response.multiplier[who, 1:] < 1)
            disturbed = (response.type[who] == 3)[:, None] & np.ones_like(enough)
            gain = enough * saved[:, None] + disturbed * lost[:, None]
        else:
            share = response.type_probability[who].astype(np.float64)
            gain = share[:, :1] * response.enough_probability[who] * saved[:, None]
            gain = gain + (share[:, 3] * lost)[:, None]
        net = np.column_stack([np.zeros(rows.size), gain]) - now.cost[rows]
        arm[rows] = under_budget(net, now.cost[rows], now.free[rows], now.budget)
        return arm, np.full(view.who.size, np.nan)

    def _cases(self, history: History, who: NDArray[np.int64]) -> Floats:
        world = history.world
        week, begin, state = truth._situation(world, world.now)
        flows = truth._flows(
            world,
            state,
            who,
            week,
            begin + MONTHS * MONTH,
            self.paths,
            cases=(0, 1, 2, 3),
            discount=RATE,
        )
        return np.concatenate([f.value for f in flows], axis=1)


assert len(ARMS) == 9
