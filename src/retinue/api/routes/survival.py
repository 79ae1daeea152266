"""One customer's curve: how likely they are still there, day by day."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.reading import Reads
from retinue.api.routes.customers import RunName, row_found
from retinue.api.shapes.common import CustomerId
from retinue.api.shapes.survival import StillThere, StillThereAt
from retinue.api.showing import Shown
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])

_LONGEST = 3_650
_POINTS = 60


@router.get(
    "/{customer_id}/survival",
    response_model=StillThere,
    dependencies=[Depends(permit("customers.read"))],
    responses=NOT_MODIFIED,
)
def survival(
    request: Request, door: Service, reads: Reads, seen: Shown, customer_id: CustomerId, run: RunName = None
) -> Response:
    """How likely a customer is still there by day, up to the horizon and as far behind it again.

    The curve passes through the risk at the horizon; its shape is common to all customers. Behind the
    horizon it is carried on (`beyond`), not predicted. 404: nobody active has that id, or the run left no
    curve.
    """
    found = reads.customers(door.clock(), run)
    row = row_found(found, customer_id)
    timing = found.shared.timing
    if timing is None:
        raise RequestError(
            "The run left no curve.",
            status=404,
            where=found.shared.campaign_id,
            fix="Run again; a business without dates has no curve.",
        )
    seen.one("survival", customer_id, found.shared.campaign_id)
    risk, median = float(row["churn_probability"]), row["time_to_churn_days"]
    last = round(2 * timing.window)
    days = sorted({round(last * place / _POINTS) for place in range(_POINTS + 1)} | {round(timing.window)})
    return tagged(
        request,
        StillThere(
            customer_id=customer_id,
            run=found.shared.campaign_id,
            as_of=found.shared.as_of,
            churn_probability=risk,
            horizon_days=timing.window,
            shape=timing.shape,
            median_days=None if median is None or median >= _LONGEST else round(median),
            points=[
                StillThereAt(
                    days=day,
                    probability=(1.0 - risk) ** ((day / timing.window) ** timing.shape),
                    beyond=day > timing.window,
                )
                for day in days
            ],
            definition=_definition(timing.window),
            fitted=timing.why,
        ),
    )


def _definition(window: float) -> str:
    return (
        f"The chance to be there after t days is (1 − p)^((t / {window:.0f})^k): p is the customer's risk"
        f" within {window:.0f} days, k (shape) is common to all customers and says whether leaving grows"
        " likelier with time (above 1) or less likely (below 1)."
    )
