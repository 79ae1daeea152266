"""The at-risk pipeline: total, at risk, intervention, retained; and the customers behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Service
from retinue.api.periods import Asked, period_of
from retinue.api.reading import Reads
from retinue.api.shapes.common import PLAIN
from retinue.api.shapes.known import Share
from retinue.api.shapes.pipeline import (
    FunnelStage,
    PipelineCustomer,
    PipelineCustomers,
    PipelineFigures,
    PipelinePoint,
    Retention,
    StageFunnel,
    StageName,
)
from retinue.api.shares import share_of
from retinue.api.showing import Shown
from retinue.privacy.cells import LEAST, OTHERS, may_tell, told_together, with_small_together
from retinue.runs.figures import Cut, Journey, Window
from retinue.security import Principal

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/pipeline", tags=["analytics"])

Tier = Annotated[str | None, Query(max_length=100, pattern=PLAIN, description="value tier")]
Segment = Annotated[str | None, Query(max_length=200, pattern=PLAIN, description="cluster of behaviour")]
_SHOWN = ("total", "at_risk", "intervention", "retained")
_COUNTS = (*_SHOWN, "left", "not_known_yet")


@router.get(
    "",
    response_model=PipelineFigures,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def pipeline(
    request: Request,
    reads: Reads,
    asked: Annotated[Asked, Depends()],
    tier: Tier = None,
    segment: Segment = None,
) -> Response:
    """The funnel of a period by value tier and in all, beside the period before it of equal length, and each
    run of both. What each stage is stands in `definitions`.

    A tier of fewer than five customers is told together with others, and neither it nor these are told alone;
    `others` as a tier or segment is what is told together in the period. Of fewer than five in all, and of a
    run with fewer than five, nothing is told. 404: there is no finished run.
    """
    record = reads.last_run()
    journey = reads.journey(record.campaign_id)
    window = asked.window(record.as_of)
    cut = _cut(journey, window, tier, segment)
    told = journey.told
    now, before = _by_tier(journey, window, cut), _by_tier(journey, window.before, cut)
    sizes_before = journey.sizes(window.before, "tier", Cut(segment=cut.segment))
    names = _in_order([str(row["tier"]) for row in _together(now)], reads.settings.value.tiers)
    return tagged(
        request,
        PipelineFigures(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            currency=reads.settings.project.currency,
            window_days=None if told is None else told.window_days,
            period=period_of(journey, window),
            previous=period_of(journey, window.before),
            history_from=journey.first_run(),
            definitions=definitions(None if told is None else told.window_days),
            all=_funnel(None, _sums(now), _sums(before)),
            tiers=[_funnel(name, *_pair(name, names, now, before, sizes_before)) for name in names],
            series=_series(journey, window, cut, now),
            previous_series=_series(journey, window.before, cut, before),
        ),
    )


@router.get("/customers", response_model=PipelineCustomers, responses=NOT_MODIFIED)
def customers(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Depends(permit("customers.read"))],
    seen: Shown,
    asked: Annotated[Asked, Depends()],
    stage: StageName = "at_risk",
    tier: Tier = None,
    segment: Segment = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The customers behind a number of the funnel, by id; a csm sees those of the own cases.

    A cursor stays with the run it began in. 404: there is no finished run, or that one is not kept any more.
    """
    question = [stage, tier, segment, str(asked.first), str(asked.last)]
    place = read_cursor(reads.key, {"pipeline": question}, cursor)
    run, journey = reads.journey_since(place)
    window = asked.window(reads.last_run().as_of if journey.told is None else journey.told.as_of)
    cut = _cut(journey, window, tier, segment)
    only = customers_seen(who, door, "customers.read")
    rows = journey.customers(window, stage, cut, limit=limit + 1, after=place[1] if place else "", only=only)
    more, shown = len(rows) > limit, rows[:limit]
    seen.many(
        "pipeline",
        run,
        customers=[row["customer_id"] for row in shown],
        asked={
            "stage": stage,
            "tier": tier,
            "segment": segment,
            "from": str(window.first),
            "to": str(window.last),
        },
    )
    end = [run, shown[-1]["customer_id"]] if more else None
    return tagged(
        request,
        PipelineCustomers(
            run=run,
            period=period_of(journey, window),
            stage=stage,
            total=journey.many(window, stage, cut, only=only),
            own_only=only is not None,
            customers=[PipelineCustomer(**row) for row in shown],
            next=made_cursor(reads.key, {"pipeline": question}, end) if more else None,
        ),
    )


def definitions(window_days: float | None) -> dict[str, str]:
    """What each stage is, in words."""
    judged = "the time set for it" if window_days is None else f"{window_days:.0f} days"
    return {
        "total": "Customers who were active at a run of the period. Each counts once, in the tier and segment"
        " of the last such run.",
        "at_risk": "Of these, customers whose churn probability lay above the threshold of action at a run of"
        " the period.",
        "intervention": "Of these, customers to whom an offer was made in the period, once they were"
        " at risk in it.",
        "retained": f"Of these, customers who were still there {judged} after the first such offer."
        " It says nothing of whether they stayed because of it: see the revenue view for that.",
        "left": f"Customers with an offer who had left within {judged} of it.",
        "not_known_yet": f"Customers with an offer of whom nothing is known yet: {judged} have not passed, or"
        " nobody reported what became of them.",
        "share": "Retained of those judged, with Wilson's 95 % interval.",
        "previous": "The same of the days right before the period, as many; null where no run is that old.",
        "series": "Each run of the period, unless it has fewer than five customers and not none; offers count"
        " from a run until the next, and as often as made.",
    }


def _cut(journey: Journey, window: Window, tier: str | None, segment: str | None) -> Cut:
    """Of which customers; `others` are those groups that are told together in the period."""
    segments: str | frozenset[str] | None = segment
    if segment == OTHERS:
        segments = told_together(journey.sizes(window, "segment"))
    tiers: str | frozenset[str] | None = tier
    if tier == OTHERS:
        tiers = told_together(journey.sizes(window, "tier", Cut(segment=segments)))
    return Cut(tiers, segments)


def _by_tier(journey: Journey, window: Window, cut: Cut) -> list[dict[str, Any]]:
    """The stages by tier; nothing where a small group could be had by subtraction."""
    told = _may_tell(
        cut,
        journey.sizes(window, "tier", Cut(segment=cut.segment)),
        journey.sizes(window, "segment", Cut(tier=cut.tier)),
    )
    return [asdict(row) for row in journey.counted(window, cut)] if told else []


def _may_tell(cut: Cut, tiers: Mapping[str, int], segments: Mapping[str, int]) -> bool:
    """Whether a cut may be told beside the other tiers of its segments, the other segments of its tiers."""
    return all(
        part is None or may_tell((part,) if isinstance(part, str) else part, sizes)
        for part, sizes in ((cut.tier, tiers), (cut.segment, segments))
    )


def _in_order(names: Sequence[str], tiers: Mapping[str, float]) -> list[str]:
    """The tier of the highest value first; those the settings no longer have at the end."""
    return sorted(names, key=lambda name: (name not in tiers, -tiers.get(name, 0.0), name == OTHERS))


def _together(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return with_small_together(rows, "tier", many="total")


def _sums(rows: Sequence[dict[str, Any]]) -> dict[str, int] | None:
    if not rows:
        return None
    found = {name: sum(row[name] for row in rows) for name in _COUNTS}
    return None if 0 < found["total"] < LEAST else found


def _pair(
    name: str,
    names: Sequence[str],
    now: Sequence[dict[str, Any]],
    before: Sequence[dict[str, Any]],
    sizes: Mapping[str, int],
) -> tuple[dict[str, int] | None, dict[str, int] | None]:
    """A tier now and before, if it may be told then; `others` are those that are not told by name now.

    sizes: of each tier in the period before.
    """

    def own(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if (row["tier"] not in names if name == OTHERS else row["tier"] == name)]

    part = {str(row["tier"]) for row in own(before)}
    return _sums(own(now)), _sums(own(before)) if may_tell(part, sizes) else None


def _funnel(tier: str | None, now: dict[str, int] | None, before: dict[str, int] | None) -> StageFunnel:
    return StageFunnel(
        tier=tier,
        stages=[
            FunnelStage(
                stage=name,
                customers=None if now is None else now[name],
                previous=None if before is None else before[name],
            )
            for name in _SHOWN
        ],
        retention=_retention(now),
        previous_retention=_retention(before),
    )


def _retention(found: dict[str, int] | None) -> Retention | None:
    if found is None:
        return None
    judged = found["retained"] + found["left"]
    share: Share = share_of(found["retained"], judged, "Nobody of these is judged yet.")
    return Retention(judged=judged, left=found["left"], not_known_yet=found["not_known_yet"], share=share)


def _series(
    journey: Journey, window: Window, cut: Cut, rows: Sequence[dict[str, Any]]
) -> list[PipelinePoint]:
    if _sums(rows) is None:
        return []
    tiers = journey.sizes_of_runs(window, "tier", Cut(segment=cut.segment))
    segments = journey.sizes_of_runs(window, "segment", Cut(tier=cut.tier))
    points = []
    for row in journey.series(window, cut):
        at, figures = row["as_of"], {name: row[name] for name in row if name not in ("run", "as_of")}
        told = _may_tell(cut, tiers.get(at, {}), segments.get(at, {})) and not 0 < row["active"] < LEAST
        figures["revenue_at_risk"] = round(row["revenue_at_risk"], 2)
        points.append(
            PipelinePoint(run=row["run"], as_of=at, **(figures if told else dict.fromkeys(figures)))
        )
    return points
