"""The cancel moment: an offer or none, the customer's choice, and the script for the business's page."""

from __future__ import annotations

import secrets
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from retinue.api.deps import Door, Service, customer_of, from_here
from retinue.api.schemas import CancelAnswer, CancelChoice, CancelChosen, CancelOffer, CancelRequest
from retinue.campaigns.cancel_moment import sign_token
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter(tags=["cancel"])

DEMO_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"


@router.post("/api/v1/cancel/offer", response_model=CancelAnswer)
def offer(request: Request, door: Service, given: CancelRequest) -> CancelAnswer:
    """What a customer who wants to cancel is offered, or nothing; on record before it is answered.

    The same token gets the same answer. 401: the token is not valid. 429: too many requests.
    """
    token = customer_of(request, door, given.token)
    moment = door.desk.answer(token, reason=_reason(door, given.reason), now=door.clock())
    shown = None
    if moment.answer == "offer" and moment.offer is not None:
        shown = CancelOffer(**{name: moment.offer[name] for name in CancelOffer.model_fields})
    return CancelAnswer(occasion=moment.occasion_id, answer=moment.answer, offer=shown)


@router.post("/api/v1/cancel/choice", response_model=CancelChosen)
def choice(request: Request, door: Service, given: CancelChoice) -> CancelChosen:
    """Record what the customer chose. 409: there is no offer to accept, or they went on to cancel before."""
    token = customer_of(request, door, given.token)
    moment = door.desk.choose(token, given.choice, reason=_reason(door, given.reason), now=door.clock())
    return CancelChosen(occasion=moment.occasion_id, choice=moment.choice or given.choice)


@router.get("/cancel.js", include_in_schema=False)
def script(door: Service) -> Response:
    """The script that a page with a cancel button includes."""
    return Response(
        _asset("cancel.js"),
        media_type="text/javascript",
        headers={
            "Cache-Control": "public, max-age=300",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/cancel/demo", include_in_schema=False)
def demo(request: Request, door: Service, customer: str = "") -> Response:
    """A page with a cancel button, to try it on this machine only: it signs a token for any customer."""
    if door.secret is None or not from_here(request, door):
        raise RequestError("There is no such page.", status=404)
    name = customer or door.desk.some_customer(door.clock()) or "unknown"
    expires = int(door.clock().timestamp()) + min(900, door.settings.cancel.token_minutes * 60)
    token = sign_token(name, secrets.token_urlsafe(12), expires=expires, secret=door.secret)
    return Response(
        _asset("demo.html").replace("{token}", token),
        media_type="text/html",
        headers={"Content-Security-Policy": DEMO_POLICY, "Cache-Control": "no-store"},
    )


@router.get("/cancel/demo.css", include_in_schema=False)
def demo_style() -> Response:
    """The style of the demo page."""
    return Response(_asset("demo.css"), media_type="text/css")


@router.get("/cancel/demo.js", include_in_schema=False)
def demo_script() -> Response:
    """What stands for the business's own way to cancel on the demo page."""
    return Response(_asset("demo.js"), media_type="text/javascript")


def _reason(door: Door, given: str | None) -> str | None:
    if given is not None and given not in door.settings.cancel.reasons:
        raise RequestError(
            "That is none of the reasons.",
            status=422,
            problems=[{"pointer": "/reason", "detail": "must be one of cancel.reasons"}],
        )
    return given


@cache
def _asset(name: str) -> str:
    return files("retinue.api").joinpath("assets", name).read_text(encoding="utf-8")
