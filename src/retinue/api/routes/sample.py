"""The sample data: taken away, so that one can start with one's own."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.renewing import renew_after
from retinue.api.shapes.operations import SampleRemoved
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/sample", tags=["service"])


@router.delete(
    "", status_code=202, response_model=SampleRemoved, dependencies=[Depends(permit("sample.remove"))]
)
async def remove_sample(request: Request, door: Service) -> SampleRemoved:
    """Remove the simulated business, and go on with an empty workspace.

    It begins when this is answered; the next request waits until it is done. 409: what is here is no sample,
    or the service was started in another way than by `retinue serve`.
    """
    if not door.settings.project.sample:
        raise RequestError("There is no sample here.", status=409, fix="Only what retinue demo made can go.")
    try:
        renew_after(request.app)
    except LookupError:
        raise RequestError(
            "This service cannot let its data go.",
            status=409,
            fix="End it, then: retinue demo --remove --out FOLDER",
        ) from None
    return SampleRemoved(removed=True)
