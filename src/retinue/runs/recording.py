"""What a run decided, recorded as interventions: so that later outcomes have something to belong to.

Recorded is whatever goes out by itself or was left undone by lot, with the probability of every action.
Where an offer would wait for a person and others carry it out, nobody is recorded, the held out as little as
the others: else those of high value would stand in one arm only. Such an offer is recorded when somebody says
that it was made: a row of `interventions` with its decision id. A row that says otherwise (nothing was sent,
or something else) corrects the record.

Where Retinue delivers, it learns what came of each (`runs.delivered`), and in the pilot of a roll-out
everything waits for a person. Then everybody is recorded, as proposed: with the probabilities, the action
`none` and a policy version that begins with `reviewed:`. The arms can then be compared by intention to treat,
nobody counts as having had an offer that was never made, and nothing is concluded from the probability of
what a person chose. Who says later that the offer was made repeats those probabilities and that version.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.decisions import read_receipts
from retinue.domain import ActionType
from retinue.incentives import NONE
from retinue.outcomes.logged import REVIEWED

if TYPE_CHECKING:
    from retinue.warehouse import Warehouse

__all__ = [
    "AFTER",
    "SOURCE",
    "in_pilot",
    "intervention_of",
    "intervention_row",
    "record_decisions",
    "waits_for_a_person",
]

SOURCE = "retinue"
AFTER = timedelta(seconds=1)
"""A decision becomes known just after the moment it was made for: that moment still looks the same."""


def record_decisions(
    warehouse: Warehouse,
    receipts: Path,
    campaign_id: str,
    *,
    allowed: Callable[[], None] = lambda: None,
    waiting: bool = False,
) -> int:
    """Append the decisions of a run that are not on record yet; how many they were.

    allowed: called last before they are kept; whatever it raises leaves nothing on record. waiting: record
    also, as proposed, what waits for a person: what came of it will be told.

    Left out are customers for whom there was nothing to decide by lot (watched, under an earlier offer, no
    offer pays): they teach nothing about offers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    receipts_of = read_receipts(receipts)
    rows = [row for r in receipts_of if (row := intervention_of(r.body, campaign_id, waiting=waiting))]
    if not rows:
        return 0
    table = pa.Table.from_pylist(rows, schema=_schema())
    known = warehouse.engine.connection.table("interventions")
    known = known.filter(known.campaign_id == campaign_id).select("decision_id").to_pyarrow()
    fresh = table.filter(pc.invert(pc.is_in(table["decision_id"], value_set=known["decision_id"])))
    if fresh.num_rows:
        with warehouse.transaction():
            warehouse.engine.append("interventions", fresh)
            allowed()
    return int(fresh.num_rows)


def intervention_of(body: Any, campaign_id: str, *, waiting: bool = False) -> dict[str, Any] | None:
    """The row of a decision from its receipt; None where nothing was decided by lot.

    waiting: also where an offer would wait for a person, as proposed.
    """
    if body["policy"]["propensities"][NONE] >= 1.0:
        return None
    if not waiting and not in_pilot(body) and _may_wait(body):
        return None
    return intervention_row(body, campaign_id)


def waits_for_a_person(body: Any) -> bool:
    """Whether a decision is recorded as proposed, whatever came of it."""
    return in_pilot(body) or _may_wait(body)


def in_pilot(body: Any) -> bool:
    """Whether a decision was made in the pilot of a roll-out."""
    return bool(body["run"]["terms"].get("rollout", {}).get("phase") == "pilot")


def intervention_row(body: Any, campaign_id: str) -> dict[str, Any]:
    """The row as it is recorded first: what goes out by itself, or what is proposed to a person."""
    policy, decision = body["policy"], body["decision"]
    chances = policy["propensities"]
    proposed = waits_for_a_person(body)
    offer = None if proposed else decision["incentive"]
    action = offer["id"] if offer else NONE
    moment = datetime.fromisoformat(body["run"]["as_of"]).astimezone(UTC).replace(tzinfo=None)
    return {
        "decision_id": body["customer"]["decision_id"],
        "customer_id": body["customer"]["customer_id"],
        "campaign_id": campaign_id,
        "incentive": action,
        "cost": 0.0 if proposed else float(decision["cost"]),
        "propensities": msgspec.json.encode(chances).decode(),
        "propensity": None if proposed else float(chances[action]),
        "policy_version": (REVIEWED if proposed else "") + body["run"]["versions"]["policy"]["sha256"],
        "held_out": bool(policy["held_out"]),
        "executed_at": moment + AFTER,
        "source": SOURCE,
        "recorded_at": moment + AFTER,
    }


def _may_wait(body: Any) -> bool:
    """Whether an offer this customer could have been drawn would wait for a person; the same in every arm."""
    limits, chances = body["run"]["terms"]["thresholds"], body["policy"]["propensities"]
    if "rules" in body["run"]["terms"]:
        possible = [c for c in body["candidates"] if "route" in c and chances.get(c["id"], 0.0) > 0]
        return any(c["route"] == ActionType.MANUAL_REVIEW for c in possible)
    if body["assessment"]["clv"] > limits["review_clv_above"]:
        return True
    costs = [c["cost"] for c in body["candidates"] if chances.get(c["id"], 0.0) > 0]
    return any(cost > limits["auto_cost_up_to"] for cost in costs)


def _schema() -> Any:
    import pyarrow as pa

    text, number, time = pa.string(), pa.float64(), pa.timestamp("us")
    return pa.schema(
        {
            "decision_id": text,
            "customer_id": text,
            "campaign_id": text,
            "incentive": text,
            "cost": number,
            "propensities": text,
            "propensity": number,
            "policy_version": text,
            "held_out": pa.bool_(),
            "executed_at": time,
            "source": text,
            "recorded_at": time,
        }
    )
