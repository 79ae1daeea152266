"""Predictions of many customers at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.once import Acting
from retinue.api.reading import Reads
from retinue.api.shapes.customers import Batch, BatchAnswer, Missing, risk_told
from retinue.api.showing import Shown
from retinue.security import Principal

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/predictions", tags=["predictions"])


@router.post("/batch", response_model=BatchAnswer)
def batch(
    door: Service,
    reads: Reads,
    given: Batch,
    once: Acting,
    seen: Shown,
    who: Annotated[Principal, Depends(permit("predictions.run"))],
) -> Response:
    """The predictions of up to 1,000 customers as of the newest run, in the order asked for.

    A customer who is unknown, gone or too new is named among `missing`. More are an export
    (`GET /api/v1/exports/customers`).
    """

    def work() -> BatchAnswer:
        names = list(dict.fromkeys(given.customer_ids))
        found = reads.assessed(names, door.clock())
        told = found.told
        seen.many("batch", found.shared.campaign_id, customers=[name for name in names if name in told])
        return BatchAnswer(
            run=found.shared.campaign_id,
            as_of=found.shared.as_of,
            predictions=[risk_told(told[name], found.shared.as_of) for name in names if name in told],
            missing=[
                Missing(customer_id=name, why=found.missing(name)) for name in names if name not in told
            ],
        )

    return once(who, work)
