"""A workspace with finished runs whose outcomes follow a known law, without training a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retinue import Retinue
from retinue.campaigns import decide_all
from retinue.decisions.artefacts import ModelStore
from retinue.incentives import Catalogue
from retinue.incentives.response import Context, Learned, prior
from retinue.pipeline.stages import MODELS, RECEIPTS
from retinue.runs.recording import record_decisions
from retinue.runs.rules import in_force
from retinue.store.runs import finish_run, open_run

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
LATER = FIRST + timedelta(days=120)
"""When the windows of the runs of the first month have passed."""
OVERRIDES: Mapping[str, Mapping[str, Any]] = {
    "decisions": {"act_above": 0.3, "monitor_up_to": 0.3},
    "incentives": {"exploration": 0.5, "caution": 0.5},
    "value": {"saved_worth": 1.0},
}
Keeps = Callable[[str], float]
"""Share of would-be leavers that an incentive keeps."""


class Past:
    """Adds finished runs to a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def opened(self, **changes: Mapping[str, Any]) -> Retinue:
        stated = {name: {**OVERRIDES.get(name, {}), **values} for name, values in changes.items()}
        return Retinue(self.root, overrides={**OVERRIDES, **stated}, clock=LATER)

    def run(
        self,
        as_of: datetime = FIRST,
        *,
        keeps: Keeps = lambda _: 0.0,
        n: int = 3000,
        seed: int = 1,
        budget: Any = None,
        outcomes: bool = True,
        learned: Learned | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        withheld: Mapping[str, int] | None = None,
        stop: str | None = None,
    ) -> str:
        """A run of n customers of whom share `risk` leave if left alone; its campaign id.

        withheld: customer id to the reasons why nothing may be offered, as bits.
        """
        held = None if withheld is None else pd.Series(withheld, dtype="int64")
        with self.opened(**(settings or {})) as retinue:
            return self._run(
                retinue, as_of, keeps, n, seed, budget, outcomes, learned or believed(), held, stop
            )

    def _run(
        self,
        retinue: Retinue,
        as_of: datetime,
        keeps: Keeps,
        n: int,
        seed: int,
        budget: Any,
        outcomes: bool,
        learned: Learned,
        withheld: pd.Series | None,
        stop: str | None,
    ) -> str:
        rng = np.random.default_rng(seed)
        assessed, features = customers(n, as_of, rng)
        state = retinue.settings.state
        model = ModelStore(state / MODELS).put(learned.to_bytes())
        record = open_run(retinue.store, f"run-{as_of:%Y%m%d}-{seed}", as_of=as_of, clock=as_of)
        receipts = state / "runs" / record.campaign_id / RECEIPTS
        decided = decide_all(
            assessed,
            features,
            {},
            settings=retinue.settings,
            as_of=as_of,
            run_id=record.run_id,
            budget=budget,
            versions={"churn": "a" * 64, "clv": "b" * 64, "response": model},
            receipts_file=receipts,
            learned=learned,
            withheld=withheld,
            stop=stop,
            rules=in_force(retinue.store, as_of),
        )
        record_decisions(retinue.warehouse, receipts, record.campaign_id)
        finish_run(retinue.store, record.run_id, summary={**decided.summary, "active": n}, clock=as_of)
        if outcomes:
            risk = dict(zip(assessed["customer_id"], assessed["churn_probability"], strict=True))
            rows = [
                {
                    "outcome_id": f"O-{decision.decision_id}",
                    "decision_id": decision.decision_id,
                    "customer_id": decision.customer_id,
                    "retained": bool(rng.random() > risk[decision.customer_id] * (1.0 - keeps(done))),
                    "revenue": 1.0,
                    "observed_at": (as_of + timedelta(days=91)).replace(tzinfo=None),
                    "source": "test",
                    "recorded_at": (as_of + timedelta(days=92)).replace(tzinfo=None),
                }
                for decision in decided.decisions
                for done in [decision.incentive.id if decision.incentive else "none"]
            ]
            retinue.warehouse.engine.append("outcomes", pa.Table.from_pylist(rows))
        return record.campaign_id


def believed(offers: float = 0.0) -> Learned:
    """The catalogue's prior; `offers` shifts the belief in every offer on the logit scale."""
    response = prior(Catalogue.default(), ())
    mean = response.mean.copy()
    mean[response.offer] += offers
    return Learned(
        Context({}, {}),
        type(response)(response.offers, response.context, mean, response.covariance, response.learned_from),
    )


def customers(n: int, as_of: datetime, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assessments and features of customers worth 300 each who pay 20 a month."""
    names = [f"C{i:05d}" for i in range(n)]
    moment = pd.Timestamp(as_of).tz_localize(None)
    features = pd.DataFrame({"customer_id": names, "as_of": moment, "mrr": 20.0, "tenure_days": 400.0})
    risk = rng.uniform(0.05, 0.95, n)
    assessed = pd.DataFrame(
        {
            "customer_id": names,
            "as_of": moment,
            "churn_probability": risk,
            "raw_score": risk,
            "risk_level": "HIGH",
            "time_to_churn_days": 30.0,
            "clv": 300.0,
            "clv_low": 200.0,
            "clv_high": 400.0,
            "p_alive": 1.0,
            "value_tier": "Basic",
            "segment": "steady",
            "mrr": 20.0,
        }
    )
    return assessed, features


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)
