"""Requests of customers about their data: taken in, shown, refused, and what they came to.

An objection and a request for a person are done when the answer comes. Copies, letters and erasures need the
warehouse, which the service does not open: `retinue worker` answers them within a minute or two.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from retinue.api.access import permit
from retinue.api.deps import Door, Service
from retinue.api.once import Acting
from retinue.api.reading import Here
from retinue.api.shapes.common import DecisionId
from retinue.api.shapes.privacy import Asked, PrivacyRequest, PrivacyRequests, Refusal
from retinue.errors import RequestError
from retinue.runs.privacy import Privacy
from retinue.security import Principal, may
from retinue.store.privacy_requests import PrivacyRequest as Kept
from retinue.store.privacy_requests import RequestState

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/privacy", tags=["privacy"])

Handles = Annotated[Principal, Depends(permit("privacy.handle"))]
_FILES = {"application/zip": "copy.zip", "text/html": "letter.html", "application/json": "certificate.json"}


@router.get("/requests", response_model=PrivacyRequests)
def list_(
    door: Service,
    who: Handles,
    state: Annotated[list[RequestState], Query()] = [],  # noqa: B006 - read only
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> PrivacyRequests:
    """Requests, those that are due first."""
    desk = _desk(door, who)
    found = desk.requests(states=tuple(state), limit=limit)
    return PrivacyRequests(requests=[_shown(desk, one) for one in found])


@router.post("/requests", response_model=PrivacyRequest, status_code=201)
def ask(door: Service, given: Asked, once: Acting, who: Handles) -> Response:
    """Take a request in. An objection is heeded before the answer comes.

    404: there is no decision for a person to look at.
    """
    desk = _desk(door, who)

    def work() -> PrivacyRequest:
        made = desk.take_in(
            given.kind,
            given.customer_id,
            subject=given.decision_id,
            reason=given.reason,
            received_at=given.received_at,
        )
        return _shown(desk, made)

    return once(who, work, status=201)


@router.get("/requests/{request_id}", response_model=PrivacyRequest)
def show(door: Service, request_id: DecisionId, who: Handles) -> PrivacyRequest:
    """One request, and what became of it."""
    desk = _desk(door, who)
    return _shown(desk, desk.show(request_id))


@router.get(
    "/requests/{request_id}/result",
    response_class=Response,
    responses={
        200: {
            "content": {kind: {} for kind in _FILES},
            "description": "A copy (ZIP), a letter, a certificate.",
        }
    },
)
def result(door: Service, request_id: DecisionId, who: Handles) -> Response:
    """What a request came to; a copy needs the permission `pii.read`, and its reading is on record.

    404: it is not answered yet, or its time is over.
    """
    desk = _desk(door, who)
    if desk.show(request_id).kind == "access" and not may(who, "pii.read"):
        raise RequestError("You may not read personal data.", status=403, where="pii.read")
    content, kind = desk.answer(request_id)
    return _file(content, kind)


@router.post("/requests/{request_id}/refuse", response_model=PrivacyRequest)
def refuse(door: Service, request_id: DecisionId, given: Refusal, once: Acting, who: Handles) -> Response:
    """Close a request without an answer. 409: it is closed."""
    desk = _desk(door, who)
    return once(who, lambda: _shown(desk, desk.refuse(request_id, given.reason)))


@router.get(
    "/letters/{decision_id}",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {}, "application/pdf": {}}, "description": "The letter."},
    },
)
def letter(
    door: Service,
    decision_id: DecisionId,
    who: Handles,
    form: Annotated[Literal["html", "pdf"], Query(alias="format")] = "html",
) -> Response:
    """How a decision came about, told to the customer, and what would have changed it."""
    from retinue.privacy.letters import as_html, as_pdf

    made = _desk(door, who).letter(decision_id)
    if form == "pdf":
        return _file(as_pdf(made), "application/pdf")
    return _file(as_html(made).encode(), "text/html")


def _desk(door: Door, who: Principal) -> Privacy:
    return Privacy(Here.of(door), who=who.subject)


def _shown(desk: Privacy, found: Kept) -> PrivacyRequest:
    body: dict[str, Any] = found.as_dict()
    body.pop("reason")
    return PrivacyRequest(**body, near_due=desk.is_near_due(found))


def _file(content: bytes, kind: str) -> Response:
    name = {**_FILES, "application/pdf": "letter.pdf"}[kind]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)
