"""Why a customer's score is what it is, and what would change it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.routes.customers import RunName, row_found
from retinue.api.shapes.common import CustomerId
from retinue.api.shapes.explanations import Cause, ChangedFeature, Counterfactual, Explanation
from retinue.api.showing import Showing, Shown
from retinue.decisions.removed import REMOVED
from retinue.errors import RequestError
from retinue.runs.customers import CustomerFile
from retinue.runs.explaining import Explained, explain_customer

__all__ = ["counterfactual_of", "explanation_of", "router"]

router = APIRouter(
    prefix="/api/v1/customers",
    tags=["customers"],
    dependencies=[Depends(permit("customers.explain"))],
)

_WHY = {**REMOVED, "offer_made": "an offer was made instead"}


@router.get("/{customer_id}/explanation", response_model=Explanation, responses=NOT_MODIFIED)
def explanation(
    request: Request, door: Service, reads: Reads, seen: Shown, customer_id: CustomerId, run: RunName = None
) -> Response:
    """The causes of a customer's score in words with their shares, and how the decision came about.

    404: nobody active has that id; or the run left no features of them, as it does of those above the
    threshold of action (and of everybody where there is a cancel moment).
    """
    return tagged(request, explanation_of(door, reads, seen, customer_id, run))


def explanation_of(
    door: Door, reads: Reading, seen: Showing, customer_id: str, run: str | None
) -> Explanation:
    """The causes and the decision in words. Raises RequestError: 404."""
    found, row, known = _known(door, reads, customer_id, run)
    seen.one("explanation", customer_id, found.shared.campaign_id)
    body: Any = {} if known.receipt is None else known.receipt.body
    decision = row["decision"] or {}
    return Explanation(
        customer_id=customer_id,
        run=found.shared.campaign_id,
        as_of=found.shared.as_of,
        churn_probability=row["churn_probability"],
        causes=[
            Cause(feature=r.feature, value=r.value, contribution=r.contribution, text=r.text)
            for r in known.reasons()
        ],
        decision_id=row["decision_id"],
        rule=decision.get("rule"),
        rule_words=decision.get("rule_words"),
        candidates=[
            {**one, "why": _WHY.get(one["removed_by"], one["removed_by"])}
            for one in body.get("candidates", ())
        ],
        story=known.story(),
    )


@router.get("/{customer_id}/counterfactual", response_model=Counterfactual, responses=NOT_MODIFIED)
def counterfactual(
    request: Request, door: Service, reads: Reads, seen: Shown, customer_id: CustomerId, run: RunName = None
) -> Response:
    """What the model would say if what raises this customer's risk most was as it is typically.

    It asks the model, not the world: a changed feature is no promise of a changed customer. 404: as for the
    explanation.
    """
    return tagged(request, counterfactual_of(door, reads, seen, customer_id, run))


@router.get(
    "/{customer_id}/receipt",
    response_class=Response,
    responses={
        200: {
            "content": {"application/json": {"schema": {"type": "object"}}},
            "description": "The receipt as a file.",
        }
    },
)
def receipt(
    door: Service, reads: Reads, seen: Shown, customer_id: CustomerId, run: RunName = None
) -> Response:
    """All that is needed to recompute the run's decision on a customer, as a file: `retinue replay FILE`
    computes it anew and compares every bit.

    404: nobody active has that id, or nothing was decided about them.
    """
    found, row, known = _known(door, reads, customer_id, run)
    if known.receipt is None:
        raise RequestError(
            "Nothing was decided about this customer, so there is no receipt.",
            status=404,
            where=found.shared.campaign_id,
        )
    seen.one("receipt", customer_id, found.shared.campaign_id)
    name = "".join(one for one in str(row["decision_id"]) if one.isascii() and (one.isalnum() or one in "_-"))
    return Response(
        json.dumps(dict(known.receipt.body), indent=1, ensure_ascii=False).encode(),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "Cache-Control": "private, no-store",
        },
    )


def counterfactual_of(
    door: Door, reads: Reading, seen: Showing, customer_id: str, run: str | None
) -> Counterfactual:
    """What would change the score. Raises RequestError: 404."""
    found, row, known = _known(door, reads, customer_id, run)
    seen.one("counterfactual", customer_id, found.shared.campaign_id)
    changes = [ChangedFeature(**asdict(one)) for one in known.changes()]
    limit = found.shared.act_above
    enough = next((n for n, one in enumerate(changes, 1) if one.together <= limit), None)
    return Counterfactual(
        customer_id=customer_id,
        run=found.shared.campaign_id,
        as_of=found.shared.as_of,
        churn_probability=row["churn_probability"],
        act_above=limit,
        changes=changes,
        enough=0 if row["churn_probability"] <= limit else enough,
    )


def _known(
    door: Door, reads: Reading, customer_id: str, run: str | None
) -> tuple[CustomerFile, dict[str, Any], Explained]:
    found = reads.customers(door.clock(), run)
    row = row_found(found, customer_id)
    known = explain_customer(reads.settings.state, found.shared.campaign_id, customer_id)
    if known is None:
        raise RequestError(
            "The run left no features of this customer, who is not above the threshold of action.",
            status=404,
            where=found.shared.campaign_id,
            fix="On the machine: retinue explain CUSTOMER. Or set api.cancel_secret: then features are kept.",
        )
    return found, row, known
