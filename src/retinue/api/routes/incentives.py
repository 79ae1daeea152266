"""The catalogue of offers, and what is believed of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.learned import IncentivePage, Offer
from retinue.errors import NotFoundError
from retinue.incentives.catalogue import Catalogue

__all__ = ["offers_of", "router"]

router = APIRouter(prefix="/api/v1/incentives", tags=["incentives"])


@router.get(
    "",
    response_model=IncentivePage,
    dependencies=[Depends(permit("incentives.read"))],
    responses=NOT_MODIFIED,
)
def list_(request: Request, door: Service, reads: Reads) -> Response:
    """Every offer of the catalogue, with the share of leavers it is believed to keep, before and now."""
    return tagged(request, offers_of(door, reads))


def offers_of(door: Door, reads: Reading) -> IncentivePage:
    """The catalogue with beliefs as of the newest run; without one they are null."""
    settings = door.settings
    facts: Mapping[str, Any] = {}
    run = None
    try:
        record, facts = reads.newest_run()
        run = record.campaign_id
    except NotFoundError:
        pass  # the catalogue is there without a run
    believed = {one["id"]: one for one in (facts.get("learned") or {}).get("offers", ())}
    made = (facts.get("summary") or {}).get("offers_by_incentive") or {}
    offers = [
        Offer(
            id=offer.id,
            type=offer.type,
            value=offer.value,
            duration_months=offer.duration_months,
            offers_of_run=made.get(offer.id, 0),
            **{
                name: believed.get(offer.id, {}).get(name)
                for name in ("believed_before", "kept", "low", "high", "tried")
            },
        )
        for offer in Catalogue.of(settings.incentives, root=settings.root).offers
    ]
    return IncentivePage(
        run=run, as_of=facts.get("as_of"), currency=settings.project.currency, incentives=offers
    )
