"""The way out of messages: by one click of a mail program (RFC 8058), or by a page with one button."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

from fastapi import APIRouter, Response

from retinue.api.deps import Door, Service
from retinue.campaigns.unsubscribing import linked, unsubscribe
from retinue.errors import RequestError
from retinue.privacy import workspace_key
from retinue.store.deliveries import DeliveryRecord

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/unsubscribe", tags=["unsubscribe"])

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@router.get("/{link}", response_class=Response)
def ask(link: str, door: Service) -> Response:
    """A page that asks. Nothing is changed: mail scanners follow links. 404: there is no such link."""
    _message(door, link)
    return _page(door, "unsubscribe.html")


@router.post("/{link}", response_class=Response)
def done(link: str, door: Service) -> Response:
    """Unsubscribe; the same again changes nothing. The body is not read. 404: there is no such link."""
    unsubscribe(door.store, _message(door, link), workspace_key(door.settings.state), now=door.clock())
    return _page(door, "unsubscribed.html")


def _message(door: Door, link: str) -> DeliveryRecord:
    found = linked(door.store, link, workspace_key(door.settings.state))
    if found is None:
        raise RequestError("There is no such link.", status=404)
    return found


def _page(door: Door, name: str) -> Response:
    content = _asset(name).replace("{project}", escape(door.settings.project.name))
    return Response(content, media_type="text/html", headers=_HEADERS)


@cache
def _asset(name: str) -> str:
    return files("retinue.api").joinpath("assets", name).read_text(encoding="utf-8")
