"""One day from assessments to the campaign: filter, weigh, allocate, hold out, route, rank, keep receipts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.campaigns.audience import targeted
from retinue.campaigns.campaign import build_campaign, cents
from retinue.campaigns.fairness import compare, decided_of, refusal
from retinue.campaigns.fairness.words import summary as fairness_summary
from retinue.campaigns.holdout import check_salt
from retinue.campaigns.limits import limits_view
from retinue.decisions.batch import Batch, Day, decide_batch
from retinue.decisions.labels import counted, labels_of
from retinue.decisions.receipt import ReceiptParts
from retinue.decisions.receipt_file import receipt_ids, write_receipts
from retinue.decisions.replay import customers_of
from retinue.decisions.rollout import NOT_IN_ROLLOUT, Rollout
from retinue.decisions.tables.document import RuleSet
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import WITHHELD, bit
from retinue.domain import ActionType, Decision, Reason, Urgency
from retinue.errors import DataError
from retinue.incentives.limits import Limits
from retinue.incentives.response import Learned
from retinue.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["DecisionSet", "decide_all"]


@dataclass(frozen=True, slots=True)
class DecisionSet:
    """What was decided for a day.

    decisions: one for every customer above the threshold, in the order of the assessments.
    campaign: JSON-ready; `campaign_bytes` gives the file's content.
    summary: counts and amounts of the run, JSON-ready.
    receipts: makes the receipts one by one; `receipts_file` is where they were written, if they were.
    """

    decisions: tuple[Decision, ...]
    campaign: Mapping[str, Any]
    summary: Mapping[str, Any]
    receipts: ReceiptParts
    receipt_ids: tuple[str, ...]
    receipts_file: Path | None


def decide_all(
    assessments: pd.DataFrame,
    features: pd.DataFrame,
    reasons: Mapping[str, tuple[Reason, ...]],
    *,
    settings: Settings,
    as_of: datetime,
    run_id: str,
    budget: Decimal | None = None,
    reviews: int | None = None,
    versions: Mapping[str, str],
    receipts_file: Path | None = None,
    number: int = 1,
    learned: Learned | None = None,
    withheld: pd.Series | None = None,
    stop: str | None = None,
    groups: pd.DataFrame | None = None,
    rollout: Rollout | None = None,
    rules: RuleSet | None = None,
) -> DecisionSet:
    """Decide for every customer above the threshold.

    Parameters
    ----------
    assessments: one row per customer with the columns of `retinue.decisions.assess.ASSESSMENT_COLUMNS`.
    features: the frame the models saw; must hold a row for each customer above the threshold, in any order.
    reasons: causes of the score by customer id; may lack those below the threshold.
    as_of: aware UTC time (a naive one is read as UTC).
    budget: total planned cost in project currency that is never exceeded; None for no limit but the
    settings'. reviews: the same for offers that a person must approve.
    versions: model name (`churn`, `clv`, `segments`, `response`) to the SHA-256 of its bytes in the store.
    learned: how customers respond; without it the catalogue's lifts count.
    withheld: customer id to the reasons why nothing may be offered, as `campaigns.withheld` gives them.
    stop: who stopped Retinue and why; nothing is offered to anybody then.
    groups: the groups to compare for fairness, as `campaigns.fairness.groups_of` gives them.
    rollout: the phase of the roll-out; None where there is none, and everybody is in.
    rules: those of the business that are in force; None for the built-in ones.
    receipts_file: Parquet file for the receipts; None computes their ids and writes nothing (dry run).
    number: which campaign of the day.

    The same arguments give the same bytes. Raises SettingsError (catalogue, holdout salt), DataError
    (assessments that cannot be used) and BudgetError (a negative budget).
    """
    import numpy as np

    check_salt(settings.holdout.salt)
    terms = Terms.of(settings, rules, rollout=rollout)
    limits = Limits.of(
        settings.budget,
        tiers=settings.value.tiers,
        customers=len(assessments),
        budget=budget,
        reviews=reviews,
    )
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    chosen = targeted(assessments, terms.thresholds.act_above)
    audience = assessments[chosen].sort_values("customer_id", kind="stable").reset_index(drop=True)
    profile = _features_of(audience, features)
    day = Day(run_id, moment.isoformat().replace("+00:00", "Z"), terms)
    mask = _mask(audience, withheld)
    if rollout is not None:
        mask = mask | rollout.outside(audience["customer_id"].tolist()) * np.int64(bit(NOT_IN_ROLLOUT))
    told = [tuple(reasons.get(customer, ())) for customer in audience["customer_id"].tolist()]

    def decided(mask: NDArray[np.int64]) -> Batch:
        customers = customers_of(audience, profile, learned=learned, withheld=mask)
        return decide_batch(customers, day, limits=limits, learned=learned, reasons=told)

    batch = decided(mask if stop is None else mask | bit("stopped"))
    fair = settings.guards.fairness
    compared, refused = None, None
    if groups is not None and stop is None and fair.attributes:
        compared = compare(decided_of(batch), groups, fair)
        if fair.gate == "refuse" and compared.failing:
            refused = refusal(compared)
            batch = decided(mask | bit("unfair"))
    parts = ReceiptParts(batch, profile, audience, versions)
    ids = receipt_ids(parts) if receipts_file is None else write_receipts(parts, receipts_file)
    labels = labels_of(batch, learned)
    campaign = build_campaign(batch, audience, ids, as_of=moment, number=number, labels=labels)
    return DecisionSet(
        decisions=batch.decisions,
        campaign=campaign,
        summary={
            **_summary(batch, campaign, customers=len(assessments)),
            "rules_version": terms.versions()["rules"],
            "response_labels": counted(labels),
            "best_offers": _best(batch) if learned is not None else None,
            "stopped": stop,
            "rollout": None if rollout is None else _entered(assessments, rollout),
            "fairness": None if compared is None else fairness_summary(compared, refused),
        },
        receipts=parts,
        receipt_ids=tuple(ids),
        receipts_file=receipts_file,
    )


def _entered(assessments: pd.DataFrame, rollout: Rollout) -> dict[str, Any]:
    """The phase, and how many of the active customers are in."""
    inside = int((~rollout.outside(assessments["customer_id"].tolist())).sum())
    return {**rollout.as_dict(), "customers": inside}


def _mask(audience: pd.DataFrame, withheld: pd.Series | None) -> NDArray[np.int64]:
    """The reasons of the audience, row for row."""
    import numpy as np

    if withheld is None:
        return np.zeros(len(audience), dtype=np.int64)
    return withheld.reindex(audience["customer_id"], fill_value=0).to_numpy(dtype=np.int64)


def _features_of(audience: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The features of the audience, row for row."""
    wanted = audience["customer_id"]
    held = features[features["customer_id"].isin(wanted)].sort_values("customer_id", kind="stable")
    if held["customer_id"].tolist() != wanted.tolist():
        raise DataError(
            "The features and the assessments are not of the same customers.",
            where="features",
            fix="Pass the frame that was assessed: one row per customer, one date.",
        )
    return held.reset_index(drop=True)


def _summary(batch: Batch, campaign: Mapping[str, Any], *, customers: int) -> dict[str, Any]:
    decisions = batch.decisions
    routes = Counter(decision.action_type.value for decision in decisions)
    rules = Counter(decision.rule for decision in decisions)
    offers = Counter(decision.incentive.id for decision in decisions if decision.incentive)
    at_stake = math.fsum((batch.customers.clv * batch.customers.churn_probability).tolist())
    planned = sum((Decimal(str(decision.cost)) for decision in decisions), Decimal(0))
    return {
        "customers": customers,
        "at_risk": len(decisions),
        "revenue_at_risk": cents(at_stake),
        "actions_by_route": {action.value: routes[action.value] for action in ActionType},
        "actions_by_rule": dict(sorted(rules.items())),
        "offers": sum(offers.values()),
        "offers_by_incentive": dict(sorted(offers.items())),
        "urgent": sum(decision.urgency is Urgency.HIGH for decision in decisions),
        "expected_net": campaign["total_expected_roi"],
        "cost_planned": float(planned),
        "held_out": int(batch.held_out.sum()),
        "held_out_from_an_offer": rules["held_out"],
        "explored": int(batch.explored.sum()),
        "withheld": _counted(batch),
        "budget": limits_view(batch, planned),
    }


def _best(batch: Batch) -> dict[str, float]:
    """For each offer the probability that it is the best for a customer above the threshold of action, value
    and cost counted, on average over them; what is missing to 1 is that making no offer is the best."""
    if not len(batch.decisions):
        return {}
    share = batch.weighed.best.mean(axis=0).tolist()
    return {offer.id: p for offer, p in zip(batch.weighed.catalogue.offers, share, strict=True)}


def _counted(batch: Batch) -> dict[str, int]:
    """Customers above the threshold of action for whom each reason holds; several may hold for one."""
    mask = batch.withheld
    counts = {code: int(((mask & bit(code)) > 0).sum()) for code in WITHHELD}
    return {code: count for code, count in counts.items() if count}
