"""The sample data: taken away, so that one can start with one's own."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.renewing import renew_after
from retinue.api.shapes.operations import SampleRemoved
from retinue.errors import RequestError
from retinue.sample import check_removable
from retinue.settings import load_settings

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/sample", tags=["service"])


@router.delete(
    "", status_code=202, response_model=SampleRemoved, dependencies=[Depends(permit("sample.remove"))]
)
async def remove_sample(request: Request, door: Service) -> SampleRemoved:
    """Remove the simulated business, and go on with an empty workspace.

    It begins when this is answered; the next request waits until it is done. 409: what is here is no sample
    (by the settings as they are now), a run is under way, its data are kept elsewhere, or the service was
    started in another way than by `retinue serve`.
    """
    settings = await run_in_threadpool(load_settings, door.settings.root)
    if not settings.project.sample:
        raise RequestError("There is no sample here.", status=409, fix="Only what retinue demo made can go.")
    await run_in_threadpool(check_removable, settings)
    try:
        renew_after(request.app)
    except LookupError:
        raise RequestError(
            "This service cannot let its data go.",
            status=409,
            fix="End it, then: retinue demo --remove --out FOLDER",
        ) from None
    return SampleRemoved(removed=True)
