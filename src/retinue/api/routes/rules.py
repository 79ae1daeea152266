"""The rules of the business: versions, documents, and a trial on the newest run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.once import Acting
from retinue.api.reading import Here
from retinue.api.shapes.learned import Rules, RuleVersion, RuleVersions, Trial, TryRequest
from retinue.errors import NotFoundError, UsageError
from retinue.runs.rules import LIVE, RuleBook
from retinue.security import Principal

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/rules", tags=["rules"])

Read = Depends(permit("rules.read"))
Source = Annotated[
    str,
    Path(
        pattern=r"^(live|built-in|[0-9]{1,9})$",
        description="live, built-in, or a version's number",
        examples=["live"],
    ),
]


@router.get("", response_model=RuleVersions, dependencies=[Read], responses=NOT_MODIFIED)
def list_(request: Request, door: Service) -> Response:
    """Every kept version, newest first; without any the built-in rules decide."""
    found = [RuleVersion(**one) for one in RuleBook(Here.of(door)).versions()]
    return tagged(request, RuleVersions(versions=found))


@router.get("/{source}", response_model=Rules, dependencies=[Read], responses=NOT_MODIFIED)
def show(request: Request, door: Service, source: Source) -> Response:
    """The rules as a document; its ETag is their hash."""
    try:
        found = RuleBook(Here.of(door)).get(source)
    except UsageError as error:
        raise NotFoundError(error.what, fix="See which there are: GET /api/v1/rules") from None
    body = Rules(title=found.title, number=found.number, sha256=found.sha256, document=dict(found.content))
    return tagged(request, body, tag=f'"{found.sha256}"')


@router.post("/try", response_model=Trial)
def try_(
    door: Service, given: TryRequest, once: Acting, who: Annotated[Principal, Depends(permit("rules.read"))]
) -> Response:
    """The newest run decided again by other rules, beside those in force; nothing is written.

    404: there is no such version, or no finished run. 409: the rules ask for facts that only the warehouse
    has; then it is `retinue rules try`.
    """

    def work() -> Trial:
        from retinue.runs.trying import try_rules

        here = Here.of(door)
        book = RuleBook(here)
        try:
            found = try_rules(here, book.get(LIVE), book.get(given.rules), as_of=here.clock, top=given.top)
        except UsageError as error:
            raise NotFoundError(error.what, fix=error.fix) from None
        return Trial(**found)

    return once(who, work)
