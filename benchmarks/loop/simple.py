"""What teams do without causal evidence: policies that do not learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.play import History, Situation
from benchmarks.loop.referees import under_budget
from retinue.incentives import Catalogue

__all__ = ["EverybodyTwenty", "FixedLifts", "Nobody", "RiskiestFirst"]

Arms = NDArray[np.int64]
Floats = NDArray[np.float64]


def _unlogged(now: Situation) -> Floats:
    return np.full(now.view.who.size, np.nan)


@dataclass
class Nobody:
    """Nobody gets anything."""

    name: str = "nobody"

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        return np.zeros(now.view.who.size, dtype=np.int64), _unlogged(now)


@dataclass
class RiskiestFirst:
    """The riskiest above 40 % get one fixed arm until the budget ends."""

    arm: int = 2
    name: str = "riskiest first, 10 %"

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        arms = np.zeros(now.view.who.size, dtype=np.int64)
        rows = np.flatnonzero(now.free & (now.risk > 0.4))
        rows = rows[np.argsort(-now.risk[rows], kind="stable")]
        spent = np.cumsum(now.cost[rows, self.arm])
        arms[rows[spent <= now.budget]] = self.arm
        return arms, _unlogged(now)


def EverybodyTwenty() -> RiskiestFirst:
    """Everybody at risk gets 20 %, the riskiest first."""
    return RiskiestFirst(4, "everybody at risk, 20 %")


@dataclass
class FixedLifts:
    """The design document's formula with the lifts of the catalogue, never learned."""

    name: str = "formula, fixed lifts"

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        lift = np.array([o.lift_mean for o in Catalogue.default().offers])
        arms = np.zeros(now.view.who.size, dtype=np.int64)
        rows = np.flatnonzero(now.risk > 0.4)
        stake = (now.clv * now.risk)[rows]
        net = np.column_stack([np.zeros(rows.size), stake[:, None] * lift]) - now.cost[rows]
        arms[rows] = under_budget(net, now.cost[rows], now.free[rows], now.budget)
        return arms, _unlogged(now)
