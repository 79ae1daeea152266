"""The tools: each is one operation of the service, with the arguments that an agent needs of it.

What a tool may, and what it answers, is what its route declares: there is no second table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from retinue.api.agents.routes import Operation, operation
from retinue.api.shapes.customers import RiskName
from retinue.campaigns.reviewing import REJECTIONS

__all__ = ["TOOLS", "Request", "Tool"]

MOST = 50
"""Rows of a page at most: an answer must fit into a conversation."""


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Nothing(_Arguments):
    """No arguments."""


_Limit = Annotated[int, Field(ge=1, le=MOST, description="at most so many")]
_Cursor = Annotated[str | None, Field(max_length=2_000, description="`next` of the page before")]
_Customer = Annotated[str, Field(max_length=200, pattern=r"^[^/\x00]+$", description="a customer's id")]
_Campaign = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a campaign's id")]
_Decision = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a decision's id")]


class Page(_Arguments):
    """Which page."""

    limit: _Limit = 20
    cursor: _Cursor = None


class AtRisk(Page):
    """Which customers, in which order."""

    risk_level: list[RiskName] = Field(
        default_factory=list, description="several are alternatives; none: any"
    )
    value_tier: list[Annotated[str, Field(max_length=50)]] = Field(default_factory=list, max_length=10)
    churn_probability_min: Annotated[float | None, Field(ge=0, le=1)] = None
    sort: Literal["revenue_at_risk", "churn_probability", "clv", "priority_score"] = "revenue_at_risk"


class OfCustomer(_Arguments):
    """Of whom."""

    customer_id: _Customer


class OfCampaign(Page):
    """Of which campaign."""

    campaign_id: _Campaign


class Planned(_Arguments):
    """Of which run."""

    campaign_id: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="default: that of the newest run")
    ] = None


class Answer(_Arguments):
    """The answer to a case."""

    decision_id: _Decision
    answer: Literal["approve", "reject"]
    code: Annotated[
        Literal[tuple(REJECTIONS)] | None,  # type: ignore[valid-type]
        Field(description="why it is rejected; needed for that"),
    ] = None
    reason: Annotated[str, Field(max_length=2_000, description="in words, for colleagues")] = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the service."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. acts: whether it changes anything. request: of its arguments, checked already."""

    name: str
    words: str
    operation: Operation
    arguments: type[_Arguments]
    request: Callable[[Any], Request]
    acts: bool = False

    @property
    def permission(self) -> str:
        """What whoever calls it must be permitted."""
        return self.operation.permission


def _reading(name: str, words: str, path: str, arguments: type[_Arguments] = Nothing) -> Tool:
    """A tool that reads: arguments that are in the path go there, the others into the query."""

    def request(given: _Arguments) -> Request:
        found = given.model_dump(exclude_none=True)
        parts = {key: found.pop(key) for key in list(found) if f"{{{key}}}" in path}
        return Request("GET", path.format(**{key: _quoted(value) for key, value in parts.items()}), found)

    return Tool(name, words, operation("GET", path), arguments, request)


def _quoted(value: str) -> str:
    from urllib.parse import quote

    # A value of dots alone would be taken for the way to another route.
    return quote(value, safe="").replace(".", "%2E")


def _plan(given: Planned) -> Request:
    return Request("POST", "/api/v1/campaigns", body=given.model_dump(exclude_none=True))


def _answer(given: Answer) -> Request:
    body = {"reason": given.reason} | ({"code": given.code} if given.answer == "reject" else {})
    return Request("POST", f"/api/v1/reviews/{given.decision_id}/{given.answer}", body=body)


_V1 = "/api/v1"
TOOLS: tuple[Tool, ...] = (
    _reading(
        "customers_at_risk",
        "Customers of the newest run, the most revenue at risk first: probability to leave, value, tier, and "
        "what is recommended. Page by page.",
        f"{_V1}/customers",
        AtRisk,
    ),
    _reading(
        "customer",
        "All that the newest run says of one customer: risk, value, segments, and the decision with its "
        "causes in words.",
        f"{_V1}/customers/{{customer_id}}",
        OfCustomer,
    ),
    _reading(
        "explain_decision",
        "Why a customer's score is what it is, with the share of each cause, and how it was decided.",
        f"{_V1}/customers/{{customer_id}}/explanation",
        OfCustomer,
    ),
    _reading(
        "what_if",
        "What the model would say if what raises this customer's risk most was as it is typically. It asks "
        "the model, not the world.",
        f"{_V1}/customers/{{customer_id}}/counterfactual",
        OfCustomer,
    ),
    _reading("list_campaigns", "Campaigns, newest first, with their state.", f"{_V1}/campaigns", Page),
    _reading(
        "campaign",
        "What a campaign does for each customer above the threshold, in the order of their rank.",
        f"{_V1}/campaigns/{{campaign_id}}/actions",
        OfCampaign,
    ),
    _reading(
        "review_queue",
        "Cases that wait for a person, urgent ones first: for whom, which offer, what it costs and is "
        "expected to earn, and by when.",
        f"{_V1}/reviews",
        Page,
    ),
    _reading(
        "dashboard",
        "The figures of the business as of the newest run: customers at risk, revenue, model quality, and "
        "what campaigns earned, measured against customers left alone.",
        f"{_V1}/analytics/dashboard",
    ),
    _reading(
        "experiments",
        "What offers did, measured against the holdout, with intervals.",
        f"{_V1}/experiments",
    ),
    _reading("data_quality", "How good and how fresh the loaded data are.", f"{_V1}/quality"),
    Tool(
        "plan_campaign",
        "Draft the campaign of a finished run. Nothing is sent: a person looks at the plan, approves it by "
        "its hash and starts it.",
        operation("POST", f"{_V1}/campaigns"),
        Planned,
        _plan,
        acts=True,
    ),
    Tool(
        "answer_review",
        "Approve or reject an offer that waits for a person, in the name of whoever you act for, within the "
        "limit of their role. Ask them first. What a customer contests is not answered by an agent.",
        operation("POST", f"{_V1}/reviews/{{decision_id}}/approve"),
        Answer,
        _answer,
        acts=True,
    ),
)
"""Every tool, in the order in which an agent sees them."""
