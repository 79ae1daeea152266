"""What a shadow run lets one conclude, and what not, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.settings import Settings

__all__ = ["concluded"]

_Z = 1.96


def concluded(body: Mapping[str, Any], settings: Settings) -> dict[str, list[str]]:
    """`can`, `cannot` and `next`: sentences from the facts that `shadow` gathers."""
    return {
        "can": [*_risk(body), *_spend(body)],
        "cannot": _cannot(body),
        "next": _next(body, settings),
    }


def _risk(body: Mapping[str, Any]) -> list[str]:
    risk, days = body["risk"], body["horizon_days"]
    if not risk["measures"]:
        return [
            f"How well the risk was known cannot be said yet: {risk['left']:,} of {risk['rows']:,} judged"
            f" customers left within {days} days, too few of them or too few others."
        ]
    measures = risk["measures"]
    words = [
        f"Of {risk['rows']:,} scores whose {days} days have passed, {risk['left']:,} left"
        f" ({risk['observed']:.1%}); {risk['predicted']:.1%} were expected to: {_calibrated(risk)}."
    ]
    auc = measures["auc"]
    told = "tells leavers from stayers" if (auc["low"] or 0.0) > 0.5 else "is not shown to tell leavers apart"
    lift = _span(measures["lift_at_10"], ".1f")
    words.append(
        f"The score {told} (AUC {_span(auc, '.2f')}; the riskiest tenth left {lift} times as often as all)."
    )
    if risk["flagged"]:
        words.append(
            f"Of {risk['flagged']:,} flagged above {body['act_above']:.0%},"
            f" {_span(measures['precision_flagged'], '.0%')} left (precision); they were"
            f" {_span(measures['recall_flagged'], '.0%')} of all who left (recall)."
        )
    return words


def _calibrated(risk: Mapping[str, Any]) -> str:
    if risk["gap_error"] is None or abs(risk["gap"]) <= _Z * risk["gap_error"]:
        return "the level of risk was right, within chance"
    return "too many were expected" if risk["gap"] > 0 else "too few were expected"


def _spend(body: Mapping[str, Any]) -> list[str]:
    offers, currency = body["offers"], body["currency"]
    if not offers["offered"]:
        return ["No offer would have been made: none paid under these settings and this budget."]
    words = [
        f"{offers['offered']:,} offers would have been made to {offers['customers']:,} customers, planned to"
        f" cost {offers['cost']:,.2f} {currency}."
    ]
    if offers["known"]:
        stayed = offers["known"] - offers["left"]
        words.append(
            f"Of {offers['known']:,} of them known to the end, {offers['left']:,} left without an offer and"
            f" {stayed:,} stayed without one: on those the money would have been spent for nothing."
        )
    return words


def _cannot(body: Mapping[str, Any]) -> list[str]:
    words = [
        "Whether these offers would have kept anybody: they were made to nobody by lot, so there is nothing"
        " to compare with."
    ]
    offers, currency = body["offers"], body["currency"]
    if offers["offered"]:
        kept = offers["expected_kept"]
        words.append(
            f"What is expected of them is belief, not measurement: {kept['value']:,.0f} {currency} kept"
            f" ({kept['low']:,.0f} to {kept['high']:,.0f}, 90 %), before their cost of {offers['cost']:,.0f}."
        )
    if body["interventions"]:
        words.append(
            f"{body['interventions']:,} interventions are on record: what happened afterwards is partly their"
            " doing, and the leavers counted here are fewer or more for it."
        )
    return words


def _next(body: Mapping[str, Any], settings: Settings) -> list[str]:
    found = body["experiment"]
    if found is None:
        return ["There is no offer to try: look at the catalogue, the thresholds and the budget."]
    weeks = (
        ""
        if found["weeks"] is None
        else f" in about {found['weeks']:,} weeks at {found['per_week']:,.1f} a week"
    )
    words = [
        f"The experiment that would tell: of the customers Retinue would make an offer, give it to"
        f" {found['share']:.0%} at random and nothing to the others. About {found['decisions']:,} customers"
        f" settle an effect of {found['effect']:.1%} fewer leavers (of {found['leave']:.0%}){weeks}, and"
        f" {settings.churn.horizon_days} days more until the last are known."
    ]
    if found["weeks"] is not None and found["weeks"] > 52:
        words.append("That is more than a year: lower the thresholds, so that more customers take part.")
    return words


def _span(measure: Mapping[str, Any], form: str) -> str:
    value, low, high = measure["value"], measure["low"], measure["high"]
    if value is None:
        return "unknown"
    return f"{value:{form}}" + ("" if low is None else f" ({low:{form}} to {high:{form}})")
