"""What those who run the service ask it: is it ready, and how does it fare."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.errors import problem
from retinue.api.ready import failing
from retinue.api.schemas import Ready
from retinue.api.watching import Watched
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter()


@router.get(
    "/readyz",
    tags=["service"],
    response_model=Ready,
    responses={503: {"description": "Not ready; names each check."}},
)
def ready(request: Request, door: Service) -> Ready | JSONResponse:
    """Whether the service can do its work; open to everybody, as what asks it has no key.

    503: a problem that names each check that fails.
    """
    watched: Watched = request.app.state.watched
    found = watched.failing.once(door.clock().timestamp(), lambda: failing(door))
    if not found:
        return Ready(status="ready")
    wait = {"Retry-After": "5"}
    return problem(503, "The service is not ready.", code=RequestError.code, headers=wait, checks=found)


@router.get(
    "/metrics", tags=["metrics"], dependencies=[Depends(permit("metrics.read"))], response_class=Response
)
def metrics(request: Request) -> Response:
    """The metrics, as Prometheus reads them."""
    watched: Watched = request.app.state.watched
    body, kind = watched.meter.shown(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": kind, "Cache-Control": "no-store"})
