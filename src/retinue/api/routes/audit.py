"""The audit trail over HTTP: searched, and verified."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Service
from retinue.api.reading import Reads
from retinue.api.shapes.audit import AuditPage, AuditRecordShown, AuditStatus, TrailVerdict
from retinue.api.shapes.common import PLAIN, Moment
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.audit import on_record
from retinue.store.audit.files import look_at
from retinue.store.audit.reading import ends, search
from retinue.store.audit.verify import verify as verify_trail

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

Reader = Annotated[Principal, Depends(permit("audit.read"))]
Text = Annotated[str | None, Query(max_length=300, pattern=PLAIN)]


@router.get("/records", response_model=AuditPage, responses=NOT_MODIFIED)
def records(
    request: Request,
    door: Service,
    reads: Reads,
    who: Reader,
    actor: Text = None,
    action: Annotated[
        str | None,
        Query(
            max_length=60, pattern=PLAIN, description="such as campaign.approved; campaign. for all of them"
        ),
    ] = None,
    kind: Annotated[
        str | None,
        Query(max_length=40, pattern=PLAIN, description="of what the record is, such as campaign"),
    ] = None,
    object: Text = None,  # noqa: A002 - the name in the query
    customer: Annotated[
        Text, Query(description="what is about them, also readings of many that name them; slower")
    ] = None,
    since: Annotated[Moment | None, Query(description="from this time on")] = None,
    until: Annotated[Moment | None, Query(description="up to this time")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Records of the trail, newest first: who did what to what, when."""
    times = [None if one is None else one.isoformat() for one in (since, until)]
    asked = {"audit": [actor, action, kind, object, customer, times]}
    found = search(
        door.store,
        actor=actor,
        action=action,
        kind=kind,
        object_id=object,
        customer=customer,
        since=since,
        until=until,
        before=read_cursor(reads.key, asked, cursor),
        limit=limit + 1,
    )
    shown, more = found[:limit], len(found) > limit
    return tagged(
        request,
        AuditPage(
            records=[AuditRecordShown(**one.as_dict()) for one in shown],
            next=made_cursor(reads.key, asked, shown[-1].number) if more else None,
        ),
    )


@router.get("/status", response_model=AuditStatus, responses=NOT_MODIFIED)
def status(request: Request, door: Service, who: Reader) -> Response:
    """Where the trail ends, and up to which record a signed checkpoint vouches for it; nothing is checked."""
    head, last = ends(door.store)
    newest = door.store.checkpoints.newest()
    return tagged(
        request,
        AuditStatus(
            records=last,
            head=None if head is None else head.hash,
            covered=0 if newest is None else newest.count,
            checkpoint_at=None if newest is None else datetime.fromisoformat(newest.at),
            key=door.store.checkpoints.public_key(),
        ),
    )


@router.post("/verify", response_model=TrailVerdict)
def verify(door: Service, who: Reader) -> TrailVerdict:
    """Verify the whole trail now: every record hashed anew, every link, checkpoint and file compared.

    Takes some seconds for a million records; one at a time (409). That it was verified is on record.
    """
    if not door.verifying.acquire(blocking=False):
        raise RequestError("The trail is being verified.", status=409, fix="Wait, then try again.", after=5.0)
    try:
        found = verify_trail(door.store, look=look_at(door.store, door.settings.state))
    finally:
        door.verifying.release()
    with door.store.transaction() as session:
        on_record(
            session,
            "audit.verified",
            "audit",
            "trail",
            actor=who.subject,
            whole=found.whole,
            records=found.records,
        )
    return TrailVerdict(**found.as_dict())
