"""Predictions of any number of customers, made in the background."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, StreamingResponse
from starlette.responses import ContentStream

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.background import Background
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.id_uploads import KINDS, ids_in
from retinue.api.once import Acting, Key, Once
from retinue.api.reading import Reading, Reads
from retinue.api.routes.customers import Filters, wanted_of
from retinue.api.shapes.common import JobId
from retinue.api.shapes.predictions import JobIn, JobPage, JobShown, Question, shown
from retinue.api.uploads import spooled
from retinue.errors import RequestError
from retinue.runs.predictions import Files, IdList, as_csv, as_json
from retinue.security import Principal
from retinue.store.prediction_jobs import PredictionJob, cancel, job_of, jobs_of, open_job, taken

__all__ = ["UPLOAD", "router"]

router = APIRouter(prefix="/api/v1/predictions/jobs", tags=["prediction-jobs"])

UPLOAD = "/api/v1/predictions/jobs/upload"
Asking = Annotated[Principal, Depends(permit("predictions.run"))]
_RESULT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The result.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/BatchAnswer"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    409: {"description": "It is not done."},
}
_LISTS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "customer_id\nC12345\nC12346\n"},
            "application/x-ndjson": {"schema": {"type": "string"}, "example": '"C12345"\n"C12346"\n'},
            "application/json": {"schema": {"type": "array", "items": {"type": "string"}}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("", status_code=202, response_model=JobShown)
def create(
    request: Request, door: Service, reads: Reads, given: JobIn, once: Acting, who: Asking
) -> Response:
    """Have predictions made of many customers as of the newest run; `Location` is the job.

    Ids are up to 50,000; more go through the upload. 404: there is no finished run. 409: too many jobs of
    yours are not done.
    """
    job_id = _name()

    def work() -> JobShown:
        if given.customer_ids is not None:
            return _opened(request, door, reads, who, job_id, ids=given.customer_ids)
        return _opened(request, door, reads, who, job_id, question=given.filter or Question())

    return once(who, work, status=202, location=_place)


@router.post("/upload", status_code=202, response_model=JobShown, openapi_extra=_LISTS)
async def upload(request: Request, door: Service, reads: Reads, who: Asking, key: Key = None) -> Response:
    """The same for an uploaded list: CSV or Parquet with a column `customer_id`, NDJSON, or a JSON list.

    Up to five million ids, each once. A list in which one id cannot be used is refused whole (422), with its
    place. 415: the list is of another kind.
    """
    kind = KINDS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind is None:
        raise RequestError(
            "A list is CSV, NDJSON, JSON or Parquet.",
            status=415,
            where="Content-Type",
            fix=f"Send one of {', '.join(KINDS)}.",
        )
    file, digest = await spooled(request)
    job_id = _name()

    def work() -> Response:
        with file:
            once = Once(door, key, f"{digest}{kind}")
            opening = lambda: _opened(request, door, reads, who, job_id, file=file, kind=kind)  # noqa: E731
            return once(who, opening, status=202, location=_place)

    return await run_in_threadpool(work)


@router.get("", response_model=JobPage, responses=NOT_MODIFIED)
def list_(
    request: Request, door: Service, reads: Reads, who: Asking, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Your jobs, newest first; an admin sees those of everybody."""
    owner = None if "admin" in who.roles else who.subject
    asked = {"prediction_jobs": owner}
    place = read_cursor(reads.key, asked, cursor)
    before = None if place is None else (datetime.fromisoformat(place[0]), place[1])
    found = jobs_of(door.store, owner, limit=limit + 1, before=before)
    page, more = found[:limit], len(found) > limit
    end = [page[-1].created_at.isoformat(), page[-1].job_id] if more else None
    return tagged(
        request,
        JobPage(
            jobs=[shown(one, door.clock()) for one in page],
            next=made_cursor(reads.key, asked, end) if more else None,
        ),
    )


@router.get("/{job_id}", response_model=JobShown, responses=NOT_MODIFIED)
def show(request: Request, door: Service, job_id: JobId, who: Asking) -> Response:
    """How far a job is. 404: there is none of that name, or somebody else asked for it."""
    return tagged(request, shown(_seen(door, who, job_id), door.clock()))


@router.get("/{job_id}/result", responses=_RESULT, response_class=StreamingResponse)
def result(
    door: Service,
    reads: Reads,
    job_id: JobId,
    who: Asking,
    format: Literal["json", "csv", "parquet"] = "json",  # noqa: A002 - the name in the query
) -> Response:
    """The result: JSON in the shape of a batch, CSV, or Parquet. Taking it away is on record.

    In CSV, text that begins like a formula gets a leading quote. 404: the result is not kept any more.
    409: the job is not done.
    """
    job = _seen(door, who, job_id)
    path = Files(door.settings.state).result(job_id)
    if job.state not in ("done", "cancelled", "expired"):
        raise RequestError(f"The job is {job.state}.", status=409, fix="Wait until its state is done.")
    if job.state != "done" or not path.is_file():
        raise RequestError("The result is not kept any more.", status=404, fix="Ask for it again.")
    taken(door.store, job, who=who.subject, kind=format)
    name = f"{job.run}_predictions.{format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if format == "parquet":
        return FileResponse(path, media_type="application/vnd.apache.parquet", headers=headers)
    as_of = datetime.fromisoformat(job.asked["as_of"])
    pieces: ContentStream = as_csv(path) if format == "csv" else as_json(path, job.run, as_of)
    media = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    return StreamingResponse(pieces, media_type=media, headers=headers)


@router.delete("/{job_id}", response_model=JobShown)
def remove(door: Service, job_id: JobId, who: Asking) -> JobShown:
    """Take a job back, or have its result deleted at once; the same again changes nothing."""
    _seen(door, who, job_id)
    job = cancel(door.store, job_id, who=who.subject, clock=door.clock()) or _seen(door, who, job_id)
    Files(door.settings.state).remove(job_id)
    return shown(job, door.clock())


def _opened(
    request: Request,
    door: Door,
    reads: Reading,
    who: Principal,
    job_id: str,
    *,
    ids: list[str] | None = None,
    question: Question | None = None,
    file: IO[bytes] | None = None,
    kind: str = "",
) -> JobShown:
    """The files of a job first, then its record: one without the other is swept away, never worked on."""
    found = reads.customers(door.clock())
    files = Files(door.settings.state)
    asked: dict[str, Any] = {"kind": "ids", "as_of": found.shared.as_of.isoformat()}
    if question is not None:
        filters = Filters(**question.model_dump())
        asked |= {"kind": "filter", "filter": filters.as_dict()}
        total = found.count(wanted_of(filters, "customer_id", descending=False))
    else:
        given = (ids or ()) if file is None else ids_in(file, kind)
        total = IdList(files.ids(job_id)).write(given)
    try:
        job = open_job(
            door.store,
            job_id,
            owner=who.subject,
            run=found.shared.campaign_id,
            asked=asked,
            total=total,
            clock=door.clock(),
        )
    except BaseException:
        files.remove(job_id)
        raise
    background: Background = request.app.state.background
    background.wake()
    return shown(job, door.clock())


def _seen(door: Door, who: Principal, job_id: str) -> PredictionJob:
    """The job, for whoever asked for it and for an admin. Raises RequestError (404) to all others."""
    job = job_of(door.store, job_id)
    if job is None or (job.owner != who.subject and "admin" not in who.roles):
        raise RequestError("There is no such job.", status=404, fix="See yours: GET /api/v1/predictions/jobs")
    return job


def _name() -> str:
    return f"prj_{uuid.uuid4().hex}"


def _place(answer: str) -> str:
    return f"/api/v1/predictions/jobs/{json.loads(answer)['job_id']}"
