"""The run that is under way, as it tells of itself."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.shapes.operations import CurrentRun, Running
from retinue.runs.current import current_run

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])


@router.get("/current", response_model=CurrentRun, dependencies=[Depends(permit("analytics.read"))])
def current(door: Service) -> CurrentRun:
    """Which stage a run is at and how far; null where none is under way on a disk that is shared with it.

    A run that was killed is told no more at once where it ran on this machine, else after fifteen seconds.
    """
    found = current_run(door.settings.state, door.clock())
    return CurrentRun(running=None if found is None else Running(**asdict(found)))
