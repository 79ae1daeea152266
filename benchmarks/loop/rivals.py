"""What rivals do: ladders of discounts by risk, and learners that never look at who got nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.play import History, Situation
from benchmarks.loop.score import HORIZON_WEEKS

__all__ = ["AcceptedOnly", "Ladder", "spend"]

Arms = NDArray[np.int64]
Floats = NDArray[np.float64]


def spend(now: Situation, wanted: Arms) -> Arms:
    """The wanted arms of the free customers, the riskiest first, until the budget ends."""
    arms = np.zeros(now.view.who.size, dtype=np.int64)
    rows = np.flatnonzero(now.free & (wanted > 0))
    rows = rows[np.argsort(-now.risk[rows], kind="stable")]
    spent = np.cumsum(now.cost[rows, wanted[rows]])
    rows = rows[spent <= now.budget]
    arms[rows] = wanted[rows]
    return arms


@dataclass
class Ladder:
    """A discount of four levels by risk alone."""

    name: str = "four discounts by risk"

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        wanted = np.searchsorted([0.4, 0.55, 0.7, 0.85], now.risk, side="right").astype(np.int64)
        return spend(now, wanted), np.full(now.risk.size, np.nan)


@dataclass
class AcceptedOnly:
    """Learns which offer's receivers stay most often, promotes what looks 2 points better after two weeks.

    It sees only those who got an offer, so it cannot tell who would have stayed anyway.
    """

    seed: int = 1
    name: str = "learner of those who got offers"
    champion: int = 2
    log: list[tuple[int, NDArray[np.int64], Arms]] = field(default_factory=list)

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        if self.log and (now.week - self.log[0][0]) % 2 == 0:
            self._promote(history, now.week)
        rng = np.random.default_rng([self.seed, now.week])
        wanted = np.where(now.risk > 0.4, self.champion, 0)
        lot = (wanted > 0) & (rng.random(now.risk.size) < 0.3)
        wanted[lot] = rng.integers(1, 9, int(lot.sum()))
        arms = spend(now, wanted)
        acted = np.flatnonzero(arms > 0)
        self.log.append((now.week, now.view.who[acted], arms[acted]))
        return arms, np.full(now.risk.size, np.nan)

    def _promote(self, history: History, week: int) -> None:
        stayed, tried = np.zeros(9), np.zeros(9)
        for then, who, arms in self.log:
            left = history.left_by(who, min(week, then + HORIZON_WEEKS))
            tried += np.bincount(arms, minlength=9)
            stayed += np.bincount(arms, ~left, minlength=9)
        rate = np.where(tried >= 10, stayed / np.maximum(tried, 1), 0.0)
        if rate.max() > rate[self.champion] + 0.02:
            self.champion = int(rate.argmax())
