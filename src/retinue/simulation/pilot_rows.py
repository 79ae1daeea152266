"""The past pilot as rows: what was done for whom, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.simulation.columns import Batch, choice, ids_of, learned, marks, numbered, times
from retinue.simulation.parameters import ARMS
from retinue.simulation.pilot import HORIZON, POLICY, odds_as_json, propensities
from retinue.simulation.streams import Ints

if TYPE_CHECKING:
    from retinue.simulation.world import World

__all__ = ["interventions", "outcomes"]

_NO_WAVES: dict[str, npt.NDArray[Any]] = {
    "number": np.zeros(0, dtype=np.int64),
    "who": np.zeros(0, dtype=np.int64),
    "arm": np.zeros(0, dtype=np.int8),
    "cost": np.zeros(0, dtype=np.float64),
    "at": np.zeros(0, dtype=np.int64),
}


def interventions(world: World, first: int | None, after: int | None, last: int) -> Batch:
    import pyarrow as pa

    facts = world.journal.read("interventions", first=first) or _NO_WAVES
    chosen = learned(facts, facts["at"], after, last)
    f = {name: column[chosen] for name, column in facts.items()}
    arms, zero = f["arm"], np.zeros(len(chosen), dtype=np.int8)
    odds = np.array(list(propensities(world.laws).values()))
    weeks = f["number"] % 10_000
    table = pa.table(
        {
            "decision_id": numbered("D", f["number"], 12),
            "customer_id": ids_of(world, f["who"]),
            "campaign_id": numbered("PILOT_", weeks, 4),
            "incentive": choice(ARMS, arms),
            "cost": pa.array(f["cost"]),
            "propensities": choice((odds_as_json(world.laws),), zero),
            "propensity": pa.array(odds[arms]),
            "policy_version": choice((POLICY,), zero),
            "held_out": pa.array(arms == 0),
            "executed_at": times(f["at"]),
            "recorded_at": times(f["at"]),
        }
    )
    return Batch(table, marks(f["number"]))


def outcomes(world: World, first: int | None, after: int | None, last: int) -> Batch:
    """What became of the pilot's customers in the 90 days after the action."""
    import pyarrow as pa

    facts = world.journal.read("interventions", first=first) or _NO_WAVES
    observed = facts["at"] + HORIZON
    chosen = learned(facts, observed, after, last)
    f = {name: column[chosen] for name, column in facts.items()}
    who, acted, seen = f["who"], f["at"], observed[chosen]
    revenue = _paid_between(world, who, acted, seen)
    table = pa.table(
        {
            "outcome_id": numbered("O", f["number"], 12),
            "decision_id": numbered("D", f["number"], 12),
            "customer_id": ids_of(world, who),
            "retained": pa.array(world.state.ended_at[who] > seen),
            "revenue": pa.array(revenue),
            "observed_at": times(seen),
            "recorded_at": times(seen),
        }
    )
    return Batch(table, marks(f["number"]))


def _paid_between(world: World, who: Ints, start: Ints, end: Ints) -> npt.NDArray[np.float64]:
    """Collected amounts less refunds of each customer in (start, end]."""
    facts = world.journal.read("transactions")
    order = np.lexsort((facts["at"], facts["who"]))
    keys = facts["who"][order] * (1 << 34) + facts["at"][order]
    cents = np.where(facts["status"] == 1, 0, np.round(facts["amount"] * 100)).astype(np.int64)[order]
    total = np.concatenate([[0], np.cumsum(cents)])
    upper = np.searchsorted(keys, who * (1 << 34) + end, side="right")
    lower = np.searchsorted(keys, who * (1 << 34) + start, side="right")
    paid: npt.NDArray[np.float64] = (total[upper] - total[lower]) / 100.0
    return paid
