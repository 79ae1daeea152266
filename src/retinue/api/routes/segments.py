"""Groups of customers: clusters of behaviour with what sets them apart, RFM segments, value tiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.reading import Reads
from retinue.api.shapes.groups import Group, GroupPoint, SegmentFigures, TraitOfGroup
from retinue.privacy.cells import with_small_together
from retinue.runs.figures import Journey

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/segments", tags=["analytics"])

_SUMS = ("customers", "at_risk", "revenue_at_risk", "value", "churned")
_DEFINITIONS = {
    "customers": "Active customers at the newest run.",
    "at_risk": "Of these, customers whose churn probability lies above the threshold of action.",
    "revenue_at_risk": "Sum of value × churn probability over the customers at risk.",
    "value": "Sum of the expected value (CLV) of the customers.",
    "churn": "Mean churn probability of the customers.",
    "clusters": "Customers who behave alike, found by k-means; names come from what sets them apart.",
    "rfm": "By how lately, how often and for how much customers buy, among all.",
    "tiers": "By expected value, as set in [value] tiers.",
    "apart": "How many standard deviations a cluster's centre lies from that of all customers.",
}


@router.get(
    "",
    response_model=SegmentFigures,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def segments(request: Request, reads: Reads) -> Response:
    """Each way of grouping the active customers, as of the newest run and over the runs before.

    404: there is no finished run.
    """
    record = reads.last_run()
    journey, figures = reads.journey(record.campaign_id), reads.figures(record.campaign_id)
    cells, rfm = journey.cells(), journey.rfm()
    newest = record.as_of.replace(tzinfo=UTC)
    told = newest.replace(microsecond=0)  # as the file has it
    traits: Mapping[str, Any] = figures.get("traits", {})

    def groups(rows: Iterable[Mapping[str, Any]], kind: str) -> list[Group]:
        found = _summed([row for row in rows if row["as_of"] == told], kind)
        return [_group(row, kind, traits if kind == "segment" else {}) for row in found]

    return tagged(
        request,
        SegmentFigures(
            run=record.campaign_id,
            as_of=newest,
            currency=reads.settings.project.currency,
            statement=(figures.get("models") or {}).get("segments", ""),
            definitions=_DEFINITIONS,
            clusters=groups(cells, "segment"),
            rfm=groups(rfm, "name"),
            tiers=groups(cells, "tier"),
            cluster_trend=_trend(journey, cells, "segment"),
            rfm_trend=_trend(journey, rfm, "name"),
            tier_trend=_trend(journey, cells, "tier"),
        ),
    )


def _summed(rows: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Sums by group, the largest first, small groups together."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = str(row[kind])
        group = found.setdefault(name, {kind: name, **dict.fromkeys(_SUMS, 0)})
        for column in _SUMS[:-1]:
            group[column] += row[column]
        group["churned"] += (row["churn"] or 0.0) * row["customers"]
    order = sorted(found.values(), key=lambda group: (-group["customers"], group[kind]))
    return with_small_together(order, kind)


def _group(row: Mapping[str, Any], kind: str, traits: Mapping[str, Any]) -> Group:
    many = row["customers"]
    return Group(
        name=row[kind],
        customers=many,
        at_risk=row["at_risk"],
        revenue_at_risk=round(row["revenue_at_risk"], 2),
        value=round(row["value"], 2),
        churn=row["churned"] / many if many else None,
        traits=[TraitOfGroup(**one) for one in traits.get(row[kind], ())],
    )


def _trend(journey: Journey, rows: Iterable[Mapping[str, Any]], kind: str) -> list[GroupPoint]:
    """Customers by group of each run; a run of which a group would be told of too few puts it with others."""
    named: Callable[[datetime], str] = journey.campaigns().__getitem__
    by_run: dict[datetime, dict[str, int]] = {}
    for row in rows:
        counts = by_run.setdefault(row["as_of"], {})
        counts[str(row[kind])] = counts.get(str(row[kind]), 0) + row["customers"]
    points = []
    for at, counts in sorted(by_run.items()):
        told = with_small_together(
            [{"name": name, "customers": many} for name, many in counts.items()], "name"
        )
        points.append(
            GroupPoint(run=named(at), as_of=at, customers={row["name"]: row["customers"] for row in told})
        )
    return points
