"""Customers of the newest run: the risk of one, lists, and profiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from retinue.api.access import customers_seen, permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.common import CustomerId
from retinue.api.shapes.customers import (
    ActionName,
    Customer,
    CustomerPage,
    Profile,
    Risk,
    RiskName,
    UrgencyName,
    profile_of,
    risk_of,
    risk_told,
)
from retinue.api.showing import Showing, Shown
from retinue.errors import RequestError
from retinue.runs.customers import CustomerFile, Wanted
from retinue.security import Principal

__all__ = ["Filters", "RunName", "SortName", "listed", "router", "row_found", "wanted_of"]

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])

Read = Depends(permit("customers.read"))
RunName = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="campaign of an older run; default: the newest"),
]
SortName = Literal[
    "customer_id",
    "churn_probability",
    "clv",
    "revenue_at_risk",
    "priority_score",
    "expected_roi",
    "time_to_churn_days",
]
Texts = Annotated[list[str], Query(max_length=50)]
Share = Annotated[float | None, Query(ge=0, le=1)]
Money = Annotated[float | None, Query(ge=-1e15, le=1e15)]


class Filters:
    """Which customers, as the query says; several values of one filter are alternatives."""

    def __init__(
        self,
        risk_level: Annotated[list[RiskName], Query()] = [],  # noqa: B006 - read only
        value_tier: Texts = [],  # noqa: B006
        segment: Texts = [],  # noqa: B006
        rfm_segment: Texts = [],  # noqa: B006
        action_type: Annotated[list[ActionName], Query()] = [],  # noqa: B006
        incentive_id: Texts = [],  # noqa: B006
        urgency: Annotated[list[UrgencyName], Query()] = [],  # noqa: B006
        churn_probability_min: Share = None,
        churn_probability_max: Share = None,
        clv_min: Money = None,
        clv_max: Money = None,
        starts: Annotated[str, Query(max_length=200, description="first characters of the id")] = "",
        at_risk: Annotated[
            bool | None, Query(description="whether the risk lies above the threshold of action")
        ] = None,
        held_out: Annotated[bool | None, Query(description="whether they were left alone by lot")] = None,
    ) -> None:
        texts: dict[str, list[Any]] = {
            "risk_level": list(risk_level),
            "value_tier": value_tier,
            "segment": segment,
            "rfm_segment": rfm_segment,
            "action_type": list(action_type),
            "incentive_id": incentive_id,
            "urgency": list(urgency),
        }
        for name, values in {**texts, "starts": [starts]}.items():
            if any(not value.isprintable() for value in values):
                raise RequestError("A filter is printable text.", status=422, where=name)
        self.among: dict[str, list[Any]] = {name: sorted(values) for name, values in texts.items() if values}
        if held_out is not None:
            self.among["held_out"] = [int(held_out)]
        self.least = _given({"churn_probability": churn_probability_min, "clv": clv_min})
        self.most = _given({"churn_probability": churn_probability_max, "clv": clv_max})
        self.starts, self.at_risk = starts, at_risk

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a cursor."""
        more = {} if self.at_risk is None else {"at_risk": self.at_risk}
        return {"among": self.among, "least": self.least, "most": self.most, "starts": self.starts, **more}


def wanted_of(filters: Filters, sort: str, descending: bool, after: Any = None) -> Wanted:
    """The question to a run's file."""
    return Wanted(
        sort=sort,
        descending=descending,
        among=filters.among,
        least=filters.least,
        most=filters.most,
        starts=filters.starts,
        at_risk=filters.at_risk,
        after=None if after is None else (after[0], after[1]),
    )


@router.get("", response_model=CustomerPage, responses=NOT_MODIFIED)
def list_(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Read],
    seen: Shown,
    filters: Annotated[Filters, Depends()],
    sort: SortName = "churn_probability",
    order: Literal["asc", "desc"] = "desc",
    limit: Limit = 50,
    cursor: Cursor = None,
    run: RunName = None,
) -> Response:
    """Active customers of a run that the asker may see, filtered and sorted, page by page.

    A cursor stays with the run it began in, whatever runs finish in between. 404: there is no such run, or
    its customers are not kept any more.
    """
    return tagged(
        request,
        listed(door, reads, who, seen, filters, sort=sort, order=order, limit=limit, cursor=cursor, run=run),
    )


def listed(
    door: Door,
    reads: Reading,
    who: Principal,
    seen: Showing,
    filters: Filters,
    *,
    sort: str = "churn_probability",
    order: str = "desc",
    limit: int = 50,
    cursor: str | None = None,
    run: str | None = None,
) -> CustomerPage:
    """A page of the customers that somebody sees.

    Raises RequestError: 404 without such a run, 422 for another cursor than one of ours.
    """
    asked = {"sort": sort, "order": order, "run": run, **filters.as_dict()}
    place = read_cursor(reads.key, asked, cursor)
    found = reads.customers(door.clock(), place[0] if place else run)
    wanted = wanted_of(filters, sort, order == "desc", place[1:] if place else None)
    rows = found.page(replace(wanted, only=customers_seen(who, door, "customers.read")), limit + 1)
    more, shown = len(rows) > limit, rows[:limit]
    name = found.shared.campaign_id
    seen.many("list", name, customers=[row["customer_id"] for row in shown], asked=asked)
    place = [name, shown[-1]["sorted_by"], shown[-1]["customer_id"]] if more else None
    return CustomerPage(
        run=name,
        as_of=found.shared.as_of,
        customers=[Customer(**row) for row in shown],
        next=made_cursor(reads.key, asked, place) if more else None,
    )


@router.get("/{customer_id}/risk", response_model=Risk, dependencies=[Read], responses=NOT_MODIFIED)
async def risk(request: Request, door: Service, reads: Reads, customer_id: CustomerId) -> Response:
    """How likely a customer leaves, what they are worth, and what is recommended, as of the newest run.

    `timestamp` is the time of that run: newer facts are seen by the next one. 404: nobody active has that id.
    """
    now = door.clock()
    found = reads.newest.held(now) or await run_in_threadpool(reads.newest.at, now)
    if found is None:
        assessed = await run_in_threadpool(reads.assessed, [customer_id], now)
        told = assessed.told.get(customer_id)
        if told is None:
            raise unknown_to(assessed.shared.campaign_id)
        Showing(request, door).one("risk", customer_id, assessed.shared.campaign_id)
        return tagged(request, risk_told(told, assessed.shared.as_of))
    run = f"{found.shared.run_id} {found.stamp}"
    body = reads.risks.get(run, customer_id)
    if body is None:  # reading one row takes some 30 µs, less than handing it to a thread
        body = risk_of(row_found(found, customer_id), found.shared.as_of).model_dump_json().encode()
        reads.risks.put(run, customer_id, body)
    Showing(request, door).one("risk", customer_id, found.shared.campaign_id)
    return tagged(request, body)


@router.get("/{customer_id}", response_model=Profile, dependencies=[Read], responses=NOT_MODIFIED)
def show(
    request: Request, door: Service, reads: Reads, seen: Shown, customer_id: CustomerId, run: RunName = None
) -> Response:
    """All that a run left of a customer: risk, value, segments, and the decision with its causes in words."""
    found = reads.customers(door.clock(), run)
    shared = found.shared
    row = row_found(found, customer_id)
    seen.one("profile", customer_id, shared.campaign_id)
    return tagged(request, profile_of(row, shared.campaign_id, shared.as_of, shared.currency))


def row_found(found: CustomerFile, customer_id: str) -> dict[str, Any]:
    """The active customer of that id. Raises RequestError: 404, with the reason where there is one."""
    row = found.get(customer_id)
    if row is not None:
        return row
    raise unknown_to(found.shared.campaign_id, found.state(customer_id))


def unknown_to(campaign_id: str, state: str | None = None) -> RequestError:
    """404: no active customer of that id; with the reason that the state gives, where it is known."""
    why = {
        "gone": "The customer had left by then.",
        "too_new": "The customer had been there too short a time to be judged.",
        "objected": "The customer objected to being profiled.",
    }
    return RequestError(
        why.get(state or "", "No customer of that id is known to the run."),
        status=404,
        where=campaign_id,
        fix="See who is there: GET /api/v1/customers",
    )


def _given(bounds: dict[str, float | None]) -> dict[str, float]:
    return {name: bound for name, bound in bounds.items() if bound is not None}
