"""Retinue's policy in the loop: the product's own functions, from prior to draw, fed week by week."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.loop.play import History, Situation
from benchmarks.loop.score import HORIZON_WEEKS
from retinue.decisions.batch import Batch, Day, decide_batch
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import bit
from retinue.incentives.costs import Customers
from retinue.incentives.response import Context, Learned, Observations, Response, follow, monotone, prior
from retinue.settings import Settings

__all__ = ["Retinue"]

Arms = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass
class Retinue:
    """Response model from the catalogue's prior, refitted each week on the whole log; `decide_batch` decides.

    floor: customers below this risk are not looked at. The rest are the product's settings. `greedy` leaves
    out exploration, caution and holdout: uplift targeting as it is usually done.
    """

    name: str = "Retinue"
    floor: float = 0.15
    caution: float = 0.5
    exploration: float = 0.05
    holdout: float = 0.10
    drift: float = 0.5
    keep: bool = False
    models: list[Response] = field(default_factory=list)
    _context: Context | None = None
    _seen: dict[int, tuple[NDArray[np.int64], Arms, Floats, Floats]] = field(default_factory=dict)

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        view = now.view
        terms = self._terms()
        if self._context is None:
            self._context = Context.of(_known(now, np.arange(view.who.size)))
        learned = Learned(self._context, self._learn(terms, history, now.week))
        rows = np.flatnonzero(now.risk > self.floor)
        ids = history.world.ids()[view.who[rows]]
        known = self._context.encode(_known(now, rows))
        customers = Customers(
            [str(i) for i in ids],
            now.clv[rows],
            now.risk[rows],
            view.monthly[rows],
            np.ones(rows.size, dtype=bool),
            known,
            np.where(now.free[rows], 0, bit("under_offer")),
        )
        moment = (history.world.start + timedelta(days=7 * now.week)).isoformat()
        batch = decide_batch(
            customers, Day("loop", moment, terms), budget_cents=int(now.budget * 100), learned=learned
        )
        arms = np.zeros(view.who.size, dtype=np.int64)
        arms[rows] = batch.made + 1
        free = np.flatnonzero(now.free[rows])
        self._seen[now.week] = (view.who[rows[free]], arms[rows[free]], now.risk[rows[free]], known[free])
        return arms, _propensity(batch, arms, rows)

    def _terms(self) -> Terms:
        settings = Settings()
        terms = Terms.of(settings)
        thresholds = replace(terms.thresholds, act_above=self.floor, monitor_up_to=self.floor)
        return replace(
            terms,
            thresholds=thresholds,
            caution=self.caution,
            exploration=self.exploration,
            holdout_share=self.holdout,
        )

    def _learn(self, terms: Terms, history: History, week: int) -> Response:
        assert self._context is not None
        start = prior(terms.catalogue, self._context.names)
        parts = []
        for then, (who, arms, risk, known) in self._seen.items():
            watched = min(week - then, HORIZON_WEEKS)
            left = history.left_by(who, then + watched)
            share = np.full(who.size, watched / HORIZON_WEEKS)
            age = np.full(who.size, 7.0 * (week - then))
            parts.append((arms, risk, share, left, known, np.ones(who.size), age))
        if not parts:
            return start
        *columns, age = (np.concatenate(column) for column in zip(*parts, strict=True))
        types = tuple(offer.type for offer in terms.catalogue.offers)
        model = follow(start, Observations(*columns), age, types, drift=self.drift)
        model = monotone(model, terms.catalogue)
        if self.keep:
            self.models.append(model)
        return model


def _propensity(batch: Batch, arms: Arms, rows: NDArray[np.int64]) -> Floats:
    found = np.full(arms.size, np.nan)
    found[rows] = batch.propensities[np.arange(rows.size), arms[rows]]
    return found


def _known(now: Situation, rows: NDArray[np.int64]) -> pd.DataFrame:
    columns = {name: codes[rows].astype(str) for name, codes in now.view.attributes.items()}
    numbers = {
        "log_monthly_revenue": np.log(now.view.monthly[rows]),
        "cancel_requested": now.view.notice[rows].astype(float),
    }
    return pd.DataFrame({**columns, **numbers})
