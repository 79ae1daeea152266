"""Lists to take away."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.exporting import as_csv, as_json
from retinue.api.reading import Reads
from retinue.api.routes.customers import Filters, RunName, SortName, wanted_of
from retinue.api.showing import Shown

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


@router.get(
    "/customers",
    response_class=StreamingResponse,
    dependencies=[Depends(permit("exports.make"))],
    responses=_FILES,  # type: ignore[arg-type]
)
def customers(
    door: Service,
    reads: Reads,
    seen: Shown,
    filters: Annotated[Filters, Depends()],
    format: Literal["csv", "json"] = "csv",  # noqa: A002 - the name in the query
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
    name = f"{found.shared.campaign_id}_customers.{format}"
    return StreamingResponse(
        as_csv(found, wanted) if format == "csv" else as_json(found, wanted),
        media_type="text/csv; charset=utf-8" if format == "csv" else "application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
