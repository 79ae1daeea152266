"""Campaign effectiveness: retention by incentive, the experiment, responses, cost, trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.periods import Asked, period_of
from retinue.api.reading import Reads
from retinue.api.shapes.effectiveness import (
    ArmFigures,
    CampaignFigures,
    Comparison,
    Experiment,
    ExploredPoint,
    IncentiveFigures,
    OfferFigures,
    RatioCheck,
    ResponseRow,
    Weighted,
)
from retinue.api.shapes.known import Between, Share
from retinue.api.shares import HIDDEN, share_of, sure, unknown
from retinue.privacy.cells import LEAST
from retinue.runs.figures import Journey, Window
from retinue.store.runs import RunRecord, last_of_each_time, list_runs

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/campaigns", tags=["analytics"])

Facts = Mapping[str, Any]
WARNING = 0.01
_SUMS = ("made", "judged", "retained", "spend", "spend_judged", "explored", "known")
_BACK = ("delivered", "opened", "clicked", "redeemed", "bounced", "complained", "unsubscribed")
_DEFINITIONS = {
    "made": "Decisions of the period, whichever campaign they are of; none: no offer was made, by lot or"
    " because none paid.",
    "offers": "All offers together; none is no offer. A customer counts for each offer they got.",
    "judged": "Of these, decisions whose window has ended with a known result.",
    "retained": "Of the judged, those whose customer was still there; Wilson's 95 % interval.",
    "cost_per_retained": "Spend on the judged ÷ retained among them, whether because of it or not.",
    "extra_cost": "Spend per customer kept who would have left: spend per decision ÷ effect, where the effect"
    " is surely positive; the interval follows from that of the effect.",
    "overall": "Over everything on record, weighted to all who had a chance of the incentive, so that"
    " incentives compare although the customers who got them differ.",
    "explored": "Decisions in which another offer was likelier: made to learn from.",
    "experiment": "Treatment against the customers left alone by lot, by the customer's first decision. The"
    " sample-ratio check hides every comparison at p < 0.001 and warns at p < 0.01.",
    "responses": "Messages sent in the period, by what came back of each; shares are of the messages sent."
    " A kind that a channel has never told is null: unknown is not none.",
}


@router.get(
    "",
    response_model=CampaignFigures,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def campaigns(request: Request, door: Service, reads: Reads, asked: Annotated[Asked, Depends()]) -> Response:
    """What each incentive did in the period beside the period before it, and what the experiment says.

    404: there is no finished run.
    """
    record = reads.last_run()
    journey, shown = reads.journey(record.campaign_id), reads.shown(record.campaign_id)
    window, told = asked.window(record.as_of), journey.told
    earned: Facts | None = shown.get("earned")
    overall = {row["incentive"]: row for row in (earned or {}).get("incentives") or ()}
    hidden = bool((earned or {}).get("hidden"))
    runs = list_runs(door.store, limit=None)
    return tagged(
        request,
        CampaignFigures(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            currency=reads.settings.project.currency,
            window_days=None if told is None else told.window_days,
            period=period_of(journey, window),
            previous=period_of(journey, window.before),
            definitions=_DEFINITIONS,
            offers=_offers(journey, window),
            previous_offers=_offers(journey, window.before),
            incentives=_incentives(journey, window, overall, hidden),
            previous_incentives=_incentives(journey, window.before, {}, hidden),
            experiment=None if not earned or not earned.get("arms") else _experiment(earned),
            redeemed=_redeemed(journey, window),
            responses=_responses(journey, window),
            previous_responses=_responses(journey, window.before),
            explored=_explored(runs, window),
        ),
    )


def _offers(journey: Journey, window: Window) -> OfferFigures | None:
    rows = [row for row in journey.incentives(window) if row["incentive"] != "none"]
    if not rows and not journey.runs(window):
        return None
    sums = {name: sum(row[name] for row in rows) for name in _SUMS}
    judged, kept = int(sums["judged"]), int(sums["retained"])
    return OfferFigures(
        made=int(sums["made"]),
        judged=judged,
        retained=share_of(kept, judged, "Not enough data yet: no offer of the period is judged."),
        spend=round(sums["spend"], 2),
        cost_per_retained=_each(sums["spend_judged"], kept, judged),
    )


def _incentives(
    journey: Journey, window: Window, overall: Mapping[str, Facts], hidden: bool
) -> list[IncentiveFigures]:
    rows = {row["incentive"]: row for row in journey.incentives(window)}
    names = sorted({*rows, *overall}, key=lambda name: (name != "none", name))
    nothing = dict.fromkeys(_SUMS, 0)
    return [_incentive(name, rows.get(name, nothing), overall.get(name), hidden) for name in names]


def _incentive(name: str, row: Facts, found: Facts | None, hidden: bool) -> IncentiveFigures:
    judged, kept = int(row["judged"]), int(row["retained"])
    offered = name != "none"
    return IncentiveFigures(
        incentive=name,
        made=int(row["made"]),
        judged=judged,
        retained=share_of(kept, judged, "Not enough data yet: no decision of the period is judged."),
        spend=round(row["spend"], 2),
        cost_per_retained=_each(row["spend_judged"], kept, judged) if offered else None,
        explored=share_of(
            int(row["explored"]), int(row["known"]), "No probabilities of these decisions are known."
        ),
        overall=None if found is None else _weighted(found, hidden),
    )


def _each(spend: float, kept: int, judged: int) -> float | None:
    """Of so few it would say whether a single customer stayed."""
    return round(spend / kept, 2) if kept and judged >= LEAST else None


def _weighted(found: Facts, hidden: bool) -> Weighted:
    effect = found.get("effect")
    few = HIDDEN if hidden else "Not enough data yet: it takes 30 judged decisions with it and without any."
    if found["incentive"] == "none":
        few = "It is what the others are compared with."
    return Weighted(
        judged=found["judged"],
        customers=found["customers"],
        retained=Between(
            value=found["reward"],
            low=found["low"],
            high=found["high"],
            reason=None if found["reward"] is not None else few,
        ),
        effect=unknown(few, found["customers"]) if effect is None else sure(effect),
        probability_best=found["probability_best"],
        starving=found["starving"],
        extra_cost=_extra(found, effect),
        statement=found["statement"],
    )


def _extra(found: Facts, effect: Facts | None) -> Between:
    """Spend per decision ÷ effect, and the same by the ends of the effect's interval."""
    value = found.get("cost_per_extra")
    if value is None or effect is None:
        why = "It is not sure that it keeps anybody who would have left."
        if found["incentive"] == "none":
            why = "Nothing was offered."
        return Between(value=None, low=None, high=None, reason=why)
    each = value * effect["value"]
    return Between(value=value, low=each / effect["high"], high=each / effect["low"], reason=None)


def _experiment(earned: Facts) -> Experiment:
    hidden = bool(earned.get("hidden"))
    comparisons = [_comparison(row) for row in earned["contrasts"]]
    kept = next((c for c in comparisons if (c.outcome, c.versus) == ("retention", "holdout")), None)
    winner = None if kept is None else {"better": "treatment", "worse": "holdout"}.get(kept.claim)
    words = "Nobody was left alone to compare with." if kept is None else kept.statement
    return Experiment(
        hidden=hidden,
        winner=None if hidden else winner,
        winner_words=HIDDEN if hidden else words,
        arms=[_arm(row, hidden) for row in earned["arms"]],
        entered=_check(earned.get("sample_ratio")),
        judged=_check(earned.get("attrition")),
        comparisons=comparisons,
    )


def _arm(row: Facts, hidden: bool) -> ArmFigures:
    judged = row.get("judged", 0)
    kept = round((row["retained"] or 0.0) * judged)
    share = share_of(kept, judged, "Not enough data yet: nobody of the arm is judged.")
    if hidden:
        share = Share(count=0, of=judged, value=None, low=None, high=None, reason=HIDDEN)
    return ArmFigures(
        arm=row["arm"],
        customers=row["customers"],
        matured=row.get("matured", 0),
        judged=judged,
        retained=share,
    )


def _check(found: Facts | None) -> RatioCheck:
    if not found:
        return RatioCheck(
            state="nobody",
            p_value=None,
            e_value=None,
            found={},
            expected={},
            statement="There is nobody to count.",
        )
    state = "broken" if found["broken"] else "warning" if found["p_value"] < WARNING else "ok"
    return RatioCheck(
        state=state,
        p_value=found["p_value"],
        e_value=found["e_value"],
        found=found["found"],
        expected=found["expected"],
        statement=found["statement"],
    )


def _comparison(row: Facts) -> Comparison:
    estimate = row["estimate"]
    return Comparison(
        versus=row["versus"],
        outcome=row["outcome"],
        claim=row["claim"],
        each=unknown(row["statement"]) if estimate is None else sure(estimate),
        statement=row["statement"],
    )


def _redeemed(journey: Journey, window: Window) -> Share:
    """Over all messages sent through channels by which it ever was told."""
    told = journey.kinds_told()
    rows = [row for row in journey.responses(window) if "redeemed" in told.get(row["channel"], ())]
    many = {
        kind: sum(row["messages"] for row in rows if row["kind"] == kind) for kind in ("sent", "redeemed")
    }
    return share_of(many["redeemed"], many["sent"], "No channel told of an offer that was taken.")


def _responses(journey: Journey, window: Window) -> list[ResponseRow]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in journey.responses(window):
        found.setdefault((row["incentive"], row["channel"]), {})[row["kind"]] = row["messages"]
    told = journey.kinds_told()
    rows = []
    for (incentive, channel), counts in sorted(found.items()):
        sent = counts.get("sent", 0)
        rows.append(
            ResponseRow(
                incentive=incentive,
                channel=channel,
                messages=counts.get("messages", sent),
                sent=sent,
                **{
                    kind: _back(counts.get(kind, 0), sent, kind, channel, kind in told.get(channel, ()))
                    for kind in _BACK
                },
            )
        )
    return rows


def _back(count: int, sent: int, kind: str, channel: str, told: bool) -> Share:
    if told:
        return share_of(count, sent, "Nothing was sent.")
    why = f"{channel} has never told of anything {kind}."
    return Share(count=0, of=sent, value=None, low=None, high=None, reason=why)


def _explored(runs: Sequence[RunRecord], window: Window) -> list[ExploredPoint]:
    """The runs of the period, the last of each time, oldest first."""
    points = []
    for run in last_of_each_time(runs)[::-1]:
        summary = run.summary or {}
        if "offers" not in summary or not window.first <= run.as_of.date() <= window.last:
            continue
        offers, tried = int(summary["offers"]), int(summary.get("explored") or 0)
        points.append(
            ExploredPoint(
                run=run.campaign_id,
                as_of=run.as_of.replace(tzinfo=UTC),
                offers=offers,
                explored=tried,
                share=tried / offers if offers else None,
            )
        )
    return points
