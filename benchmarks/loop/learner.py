"""Retinue's policy in the loop: the response model refitted each week, cautious choice, bounded exploration."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.play import History, Situation
from benchmarks.loop.referees import under_budget
from benchmarks.loop.score import HORIZON_WEEKS
from retinue.incentives import Catalogue
from retinue.incentives.response import Observations, Response, fit, moments, prior

LEVELS = {"channel": 5, "industry": 6, "size": 4, "country": 8, "plan": 4, "annual": 2, "method": 4}

Arms = NDArray[np.int64]
Floats = NDArray[np.float64]


def context_of(now: Situation, rows: NDArray[np.int64] | slice = slice(None)) -> Floats:
    parts = []
    for name, levels in LEVELS.items():
        codes = now.view.attributes[name][rows]
        shares = np.bincount(now.view.attributes[name], minlength=levels) / now.view.who.size
        parts.append((codes[:, None] == np.arange(levels)) - 0.0)
    parts.append(now.view.notice[rows][:, None].astype(float))
    price = np.log(now.view.monthly[rows])
    parts.append(((price - 4.0) / 1.0)[:, None])
    return np.column_stack(parts)


NAMES = (*(f"{n}={i}" for n, k in LEVELS.items() for i in range(k)), "notice", "price")


@dataclass
class Learner:
    name: str = "Retinue"
    floor: float = 0.15
    caution: float = 0.5
    explore: float = 0.10
    keep_value: float = 1.0
    seed: int = 1
    model: Response = field(default_factory=lambda: prior(Catalogue.default(), NAMES))
    log: bool = False

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        rng = np.random.default_rng([self.seed, now.week])
        arms = np.zeros(now.view.who.size, dtype=np.int64)
        propensity = np.full(now.view.who.size, np.nan)
        model = self._learned(history, now.week)
        rows = np.flatnonzero(now.free & (now.risk > self.floor))
        said = moments(model, now.risk[rows], context_of(now, rows))
        value = now.clv[rows] * self.keep_value
        cost = now.cost[rows]
        draws = np.stack(
            [value[:, None] * said.saved(rng) - cost[:, 1:] for _ in range(200)]
        )
        mean, sd = draws.mean(0), draws.std(0)
        safe = np.column_stack([np.zeros(rows.size), mean - self.caution * sd])
        chosen = under_budget(safe, np.zeros_like(cost) + cost, np.ones(rows.size, bool), now.budget * (1 - self.explore))
        # exploration: Thompson among those above the threshold, by lot
        lot = rng.random(rows.size) < self.explore
        one = draws[rng.integers(0, 200, rows.size), np.arange(rows.size)]
        one = np.column_stack([np.zeros(rows.size), one])
        thompson = under_budget(np.where(lot[:, None], one, -1.0) , cost, np.ones(rows.size, bool), now.budget * self.explore)
        final = np.where(lot, thompson, chosen)
        arms[rows] = final
        propensity[rows] = 1.0
        return arms, propensity

    def _learned(self, history: History, week: int) -> Response:
        if not history.records:
            return self.model
        parts = []
        for record, now in zip(history.records, history.situations, strict=True):
            if not record.who.size or record.week >= week:
                continue
            exposure = min(week - record.week, HORIZON_WEEKS)
            parts.append(
                (
                    record.arm,
                    now.risk[record.row],
                    np.full(record.who.size, exposure / HORIZON_WEEKS),
                    history.left_by(record.who, record.week + exposure),
                    context_of(now, record.row),
                )
            )
        if not parts:
            return self.model
        seen = Observations(
            *(np.concatenate([p[i] for p in parts]) for i in range(5)),
            weight=np.ones(sum(len(p[0]) for p in parts)),
        )
        model = fit(self.model, seen)
        if self.log and week % 8 == 0:
            e = lambda x: np.round(1 / (1 + np.exp(-x)), 2)
            print(week, len(seen), "base", model.mean[:2].round(2), "kept", e(model.mean[model.offer]), "dist", e(model.mean[model.contact]),
                  'dist x', dict(zip(NAMES, model.mean[model.disturbed].round(1)))['channel=0'], 'kept x', {n: v for n, v in zip(NAMES, model.mean[model.kept].round(2)) if abs(v) > .25}, flush=True)
        return model
