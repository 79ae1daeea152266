"""The day's list as JSON: the design document's fields first, then what a person needs to understand them.

Money is rounded half-even to cents here, at the edge, and nowhere before. `total_expected_roi` is the sum of
the rounded `expected_roi` of the actions that make an offer, so it adds up to the cent. `target_customers`
counts every customer above the threshold, that is every entry of `actions`: those with an offer, the
watched, those for whom nothing pays, and the held out, who are listed without an offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.audience import ranked
from retinue.decisions.artefacts import write_bytes
from retinue.decisions.batch import Batch
from retinue.decisions.explain import rule_in_words
from retinue.decisions.labels import ResponseLabel
from retinue.domain import Incentive, Money
from retinue.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["build_campaign", "campaign_bytes", "campaign_id", "cents", "write_campaign"]


def campaign_id(as_of: datetime, number: int = 1) -> str:
    """The name of the `number`-th campaign of a day (UTC). Raises UsageError outside 1 to 999."""
    if not 1 <= number <= 999:
        raise UsageError(f"A day has campaigns 1 to 999, not {number}.", where="campaign number")
    return f"CAMP_{as_of:%Y_%m_%d}_{number:03d}"


def cents(amount: float) -> float:
    """An amount rounded half-even to cents, as JSON shows it.

    >>> cents(2.675), cents(2.665), cents(-0.001)
    (2.68, 2.66, 0.0)
    """
    return float(Money.of(amount).amount) + 0.0


def build_campaign(
    batch: Batch,
    assessments: pd.DataFrame,
    receipt_ids: Sequence[str],
    *,
    as_of: datetime,
    number: int,
    labels: Sequence[ResponseLabel | None] = (),
) -> dict[str, Any]:
    """The campaign as JSON-ready values, actions ranked by priority; keys in a fixed order.

    `assessments`, `receipt_ids` and, where a response was learned, `labels` run parallel to the batch.
    """
    facts = {name: assessments[name].tolist() for name in _FACTS}
    order = ranked(batch.decisions)
    said = labels or [None] * len(batch.decisions)
    actions = [
        _action(batch, row, rank, {name: facts[name][row] for name in _FACTS}, receipt_ids[row], said[row])
        for rank, row in enumerate(order, 1)
    ]
    total = sum((Decimal(str(action["expected_roi"])) for action in actions), Decimal(0))
    return {
        "campaign_id": campaign_id(as_of, number),
        "target_customers": len(actions),
        "total_expected_roi": float(total),
        "as_of": batch.day.as_of,
        "run_id": batch.day.run_id,
        "currency": batch.day.terms.currency,
        "versions": batch.day.terms.versions(),
        "actions": actions,
    }


_FACTS = (
    "churn_probability",
    "risk_level",
    "time_to_churn_days",
    "clv",
    "clv_low",
    "clv_high",
    "value_tier",
    "segment",
)


def _action(
    batch: Batch,
    row: int,
    rank: int,
    facts: Mapping[str, Any],
    receipt_id: str,
    said: ResponseLabel | None,
) -> dict[str, Any]:
    decision = batch.decisions[row]
    return {
        "customer_id": decision.customer_id,
        "priority_score": cents(decision.priority_score),
        "action_type": decision.action_type.value,
        "recommended_incentive": _incentive(decision.incentive),
        "urgency": decision.urgency.value,
        "rank": rank,
        "decision_id": decision.decision_id,
        "rule": decision.rule,
        "rule_words": rule_in_words(decision.rule, batch.day.terms.rules),
        "rules_version": None if batch.day.terms.rules is None else batch.day.terms.rules.number,
        "held_out": decision.held_out,
        "explored": bool(batch.explored[row]),
        "incentive_id": decision.incentive.id if decision.incentive else "none",
        "expected_roi": cents(decision.expected_roi),
        "cost": cents(decision.cost),
        "retention_lift": decision.retention_lift,
        "confidence": decision.confidence,
        "response_label": None if said is None else said.label,
        "response_likeliest": None if said is None else said.likeliest,
        "response_probability": None if said is None else said.probability,
        "response_offer": None if said is None else said.offer,
        "churn_probability": facts["churn_probability"],
        "risk_level": facts["risk_level"],
        "time_to_churn_days": _known(facts["time_to_churn_days"]),
        "clv": cents(facts["clv"]),
        "clv_low": _money(facts["clv_low"]),
        "clv_high": _money(facts["clv_high"]),
        "value_tier": facts["value_tier"],
        "segment": facts["segment"],
        "reasons": [reason.text for reason in decision.reasons],
        "propensities": decision.propensities,
        "receipt_id": receipt_id,
    }


def _incentive(incentive: Incentive | None) -> dict[str, Any] | None:
    if incentive is None:
        return None
    value = int(incentive.value) if float(incentive.value).is_integer() else incentive.value
    return {"type": incentive.type, "value": value, "duration_months": incentive.duration_months}


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value


def _money(value: float | None) -> float | None:
    known = _known(value)
    return None if known is None else cents(known)


def campaign_bytes(campaign: Mapping[str, Any]) -> bytes:
    """The file's content: indented JSON, the same bytes for the same campaign."""
    return msgspec.json.format(msgspec.json.encode(campaign), indent=2) + b"\n"


def write_campaign(path: Path, campaign: Mapping[str, Any]) -> None:
    """Write the campaign whole or not at all."""
    write_bytes(path, campaign_bytes(campaign))
