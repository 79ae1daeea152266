"""Acts: those of REST, with the idempotency key as an argument."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field

from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import answers
from retinue.api.once import KEY, Once
from retinue.api.reading import campaigns_of
from retinue.api.routes.campaign_steps import moved
from retinue.api.routes.reviews import answered, reviews_of
from retinue.api.shapes.campaigns import Moved
from retinue.api.shapes.common import CampaignId, DecisionId
from retinue.api.shapes.reviews import Answered, Code

__all__ = ["ACTS"]

Shape = TypeVar("Shape", bound=BaseModel)
Key = Annotated[
    str | None,
    Field(pattern=KEY, description="a UUID, say: the same key and act get the answer of before"),
]
Reason = Annotated[str, Field(max_length=2_000)]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


@answers("campaigns.plan", weight=100)
def plan_campaign(
    asking: Asking, campaign_id: CampaignId | None = None, idempotency_key: Key = None
) -> Moved:
    """Plan the campaign of a finished run (by default of the newest one); nothing is sent."""
    name = campaign_id or asking.reads.newest_run()[0].campaign_id

    def work() -> Moved:
        return moved(campaigns_of(asking.door).plan(name, who=asking.who.subject))

    return _once(asking, Moved, idempotency_key, ["plan_campaign", campaign_id], work)


@answers("campaigns.approve", weight=100)
def approve_campaign(
    asking: Asking,
    campaign_id: CampaignId,
    plan_sha256: Sha,
    reason: Reason = "",
    idempotency_key: Key = None,
) -> Moved:
    """Approve one plan, named by its hash; another plan needs another approval."""

    def work() -> Moved:
        campaigns = campaigns_of(asking.door)
        return moved(campaigns.approve(campaign_id, plan_sha256, who=asking.who.subject, reason=reason))

    return _once(asking, Moved, idempotency_key, ["approve_campaign", campaign_id, plan_sha256, reason], work)


@answers("reviews.answer", weight=100)
def approve_review(
    asking: Asking, decision_id: DecisionId, reason: Reason = "", idempotency_key: Key = None
) -> Answered:
    """Make the offer; where two people must approve, the first of two."""

    reviews = reviews_of(asking.door, asking.who, decision_id)

    def work() -> Answered:
        return answered(reviews.approve(decision_id, who=asking.who.subject, reason=reason))

    return _once(asking, Answered, idempotency_key, ["approve_review", decision_id, reason], work)


@answers("reviews.answer", weight=100)
def reject_review(
    asking: Asking, decision_id: DecisionId, code: Code, reason: Reason = "", idempotency_key: Key = None
) -> Answered:
    """Make no offer, and say why; its money is free again."""

    reviews = reviews_of(asking.door, asking.who, decision_id)

    def work() -> Answered:
        return answered(reviews.reject(decision_id, code, who=asking.who.subject, reason=reason))

    return _once(asking, Answered, idempotency_key, ["reject_review", decision_id, code, reason], work)


def _once(
    asking: Asking, shape: type[Shape], key: str | None, given: list[Any], work: Callable[[], Shape]
) -> Shape:
    """The answer of the work, or the one that the same act with the same key had before."""
    digest = hashlib.sha256(json.dumps(["graphql", *given]).encode()).hexdigest()
    text, _, _ = Once(asking.door, key, digest).text(asking.who, work)
    return shape.model_validate_json(text)


ACTS = (plan_campaign, approve_campaign, approve_review, reject_review)
