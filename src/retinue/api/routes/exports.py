"""Lists to take away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.exporting import (
    ACTIONS,
    DELIVERIES,
    EXPORTED,
    Parts,
    as_csv,
    as_json,
    customers_in,
    deliveries_in,
)
from retinue.api.reading import Reads
from retinue.api.routes.customers import Filters, RunName, SortName, wanted_of
from retinue.api.shapes.common import PLAIN, CampaignId
from retinue.api.shapes.operations import DeliveryState
from retinue.api.showing import Shown
from retinue.store.deliveries import counted

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])

_FILES = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}


_AS_FILE: dict[str, Any] = {
    "response_class": StreamingResponse,
    "dependencies": [Depends(permit("exports.make"))],
    "responses": _FILES,
}
Format = Literal["csv", "json"]


@router.get("/customers", **_AS_FILE)
def customers(
    door: Service,
    reads: Reads,
    seen: Shown,
    filters: Annotated[Filters, Depends()],
    format: Format = "csv",  # noqa: A002 - the name in the query
    sort: SortName = "customer_id",
    order: Literal["asc", "desc"] = "asc",
    run: RunName = None,
) -> StreamingResponse:
    """The active customers of a run as CSV or JSON, filtered as in the list, whole, streamed.

    Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a leading quote, so that no
    spreadsheet takes it for a formula; numbers are numbers. It has no names and no addresses.
    """
    found = reads.customers(door.clock(), run)
    wanted = wanted_of(filters, sort, order == "desc")
    asked = {"format": format, **filters.as_dict()}
    seen.many("export", found.shared.campaign_id, count=found.count(wanted), asked=asked)
    name = f"{found.shared.campaign_id}_customers"
    return _file(name, format, EXPORTED, customers_in(found, wanted))


@router.get("/campaigns/{campaign_id}/actions", **_AS_FILE)
def campaign_actions(
    reads: Reads,
    seen: Shown,
    campaign_id: CampaignId,
    format: Format = "csv",  # noqa: A002 - the name in the query
) -> StreamingResponse:
    """What a campaign does for each customer above the threshold, in the order of their rank, whole.

    Text is made harmless as in the export of customers. 404: there is no such campaign.
    """
    actions: list[dict[str, Any]] = list(reads.facts(campaign_id, "campaign.json")["actions"])
    seen.many("export", campaign_id, count=len(actions), asked={"format": format})
    return _file(f"{campaign_id}_actions", format, ACTIONS, iter([actions]))


@router.get("/deliveries", **_AS_FILE)
def deliveries(
    door: Service,
    seen: Shown,
    state: Annotated[list[DeliveryState], Query()] = [],  # noqa: B006 - read only
    campaign_id: Annotated[str | None, Query(max_length=200, pattern=PLAIN)] = None,
    format: Format = "csv",  # noqa: A002 - the name in the query
) -> StreamingResponse:
    """Deliveries with their state and the reason for it, in the order they are due, whole, streamed.

    Text is made harmless as in the export of customers. Neither what was sent nor to which address.
    """
    counts = counted(door.store, campaign_id=campaign_id)
    many = sum(count for name, count in counts.items() if not state or name in state)
    seen.many("export", campaign_id or "", count=many, asked={"format": format, "state": sorted(state)})
    found = deliveries_in(door.store, states=tuple(state), campaign_id=campaign_id)
    return _file(f"{campaign_id or 'all'}_deliveries", format, DELIVERIES, found)


def _file(name: str, kind: str, columns: Sequence[str], parts: Parts) -> StreamingResponse:
    safe = "".join(one for one in name if one.isascii() and (one.isalnum() or one in "_-"))
    return StreamingResponse(
        as_csv(columns, parts) if kind == "csv" else as_json(columns, parts),
        media_type="text/csv; charset=utf-8" if kind == "csv" else "application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{safe}.{kind}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
