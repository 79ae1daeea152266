"""The stop: nothing is offered, recorded or sent until somebody lets it go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.once import Acting
from retinue.api.shapes.common import Why
from retinue.api.shapes.operations import Stops, Switch
from retinue.security import Principal
from retinue.store.stops import resume as let_go_on
from retinue.store.stops import stop as stop_all
from retinue.store.stops import stopped, switches

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["stops"])

Reason = Annotated[Why, Body()]


@router.get("/stops", response_model=Stops, dependencies=[Depends(permit("campaigns.read"))])
def list_(door: Service) -> Stops:
    """Whether Retinue is stopped, and every stop and resumption, newest first."""
    found = [Switch(**one.as_dict()) for one in switches(door.store)]
    return Stops(stopped=stopped(door.store) is not None, switches=found)


@router.post("/stop", response_model=Switch)
def stop(
    door: Service, given: Reason, once: Acting, who: Annotated[Principal, Depends(permit("stop.use"))]
) -> Response:
    """Make no offers from now on, in any process; stopping again adds a further reason."""

    def work() -> Switch:
        done = stop_all(door.store, who=who.subject, reason=given.reason, clock=door.clock())
        return Switch(**done.as_dict())

    return once(who, work)


@router.post("/resume", response_model=Switch)
def resume(
    door: Service, given: Reason, once: Acting, who: Annotated[Principal, Depends(permit("stop.lift"))]
) -> Response:
    """Make offers again. 409: nothing is stopped."""

    def work() -> Switch:
        done = let_go_on(door.store, who=who.subject, reason=given.reason, clock=door.clock())
        return Switch(**done.as_dict())

    return once(who, work)
