"""The story of a customer about whom nothing was decided: not at risk enough, already gone, or too new."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retinue.pipeline.stages import PROFILES, STATES

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["undecided_story"]

WHY_NOT = {
    "gone": "had already left by then (see docs/concepts/churn.md)",
    "objected": "object to being profiled",
    "too_new": "had been there too short a time to be judged (churn.minimum_history_days)",
}


def undecided_story(retinue: Opened, customer_id: str, as_of: datetime) -> str | None:
    """Why a known customer has no decision as of a time (UTC), in words; None for an unknown customer."""
    import pandas as pd

    stages = retinue.stages(as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
    profiles = stages.profiles()
    states = pd.read_parquet(profiles.path(STATES)).set_index("customer_id")["state"]
    if customer_id not in states.index:
        return None
    head = f"Customer {customer_id} as of {as_of:%Y-%m-%d}: no decision"
    state = str(states[customer_id])
    if state in WHY_NOT:
        return f"{head}, because they {WHY_NOT[state]}."
    return _scored_story(stages, customer_id, head)


def _scored_story(stages: Stages, customer_id: str, head: str) -> str:
    from retinue.features import read_parts

    assessed = stages.scores().set_index("customer_id").loc[customer_id]
    threshold, currency = stages.settings.decisions.act_above, stages.settings.project.currency
    row = next(read_parts(stages.profiles().path(PROFILES), {customer_id}))
    reasons = stages.churn_model().explain(row, top=5)[0] if stages.static is None else ()
    lines = [
        f"{head}, because {assessed['churn_probability']:.0%} is not above {threshold:.0%}.",
        f"Worth {assessed['clv']:,.2f} {currency} if they stay "
        f"(likely {assessed['clv_low']:,.2f} to {assessed['clv_high']:,.2f}): "
        f"{assessed['value_tier']}, {assessed['segment']}.",
    ]
    if reasons:
        lines += ["What moves the score most:", *(f"  - {reason.text}" for reason in reasons)]
    return "\n".join(lines)
