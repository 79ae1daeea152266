"""The rules of the business: versions, documents, a trial on a run of the past, and putting them in force."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response

from retinue.api.access import customers_seen, permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.once import Acting
from retinue.api.reading import Here
from retinue.api.shapes.rules import (
    Compared,
    ExampleTried,
    KeepRequest,
    RuleExample,
    RuleExamples,
    RuleFact,
    RuleFacts,
    RuleMistake,
    RuleOutput,
    Rules,
    RulesChecked,
    RulesToCheck,
    RuleVersion,
    RuleVersions,
    Trial,
    TryRequest,
)
from retinue.api.showing import Shown
from retinue.decisions.canonical import sha256_of
from retinue.decisions.tables.document import OUTPUTS
from retinue.decisions.tables.examples import examples_of, try_examples
from retinue.decisions.tables.facts import FACTS
from retinue.decisions.tables.gives import CHOICES
from retinue.decisions.tables.mistakes import Mistake
from retinue.decisions.tables.words import differences
from retinue.errors import NotFoundError, RequestError, RulesError, StateError, UsageError
from retinue.runs.rules import LIVE, RuleBook
from retinue.security import Principal
from retinue.store.rules import Overtaken

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/rules", tags=["rules"])

Read = Depends(permit("rules.read"))
_NAMED = r"^(live|built-in|[0-9]{1,9})$"
_NAMES = "live, built-in, or a version's number"
Source = Annotated[str, Path(pattern=_NAMED, description=_NAMES, examples=["live"])]
Side = Annotated[str, Query(pattern=_NAMED, description=_NAMES)]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="ETag of GET …/live: the rules that are replaced"),
]


@router.get("", response_model=RuleVersions, dependencies=[Read], responses=NOT_MODIFIED)
def list_(request: Request, door: Service) -> Response:
    """Every kept version, newest first; without any the built-in rules decide."""
    found = [RuleVersion(**one) for one in RuleBook(Here.of(door)).versions()]
    return tagged(request, RuleVersions(versions=found))


@router.get("/facts", response_model=RuleFacts, dependencies=[Read], responses=NOT_MODIFIED)
def facts(request: Request, door: Service) -> Response:
    """What a condition may ask about and what a row may give, for whoever writes an editor."""
    names = RuleBook(Here.of(door)).names()
    found = [
        RuleFact(
            name=fact.name,
            kind=fact.kind,
            of=fact.of,
            words=fact.words,
            least=fact.least if math.isfinite(fact.least) else None,
            most=fact.most if math.isfinite(fact.most) else None,
            always_known=fact.known,
            values=sorted(names[fact.name]) if fact.name in names else None,
        )
        for fact in FACTS.values()
    ]
    outputs = [
        RuleOutput(name=name, words=words, values=list(CHOICES[name]) if name in CHOICES else None)
        for name, words in OUTPUTS.items()
    ]
    return tagged(request, RuleFacts(facts=found, outputs=outputs))


@router.get("/compare", response_model=Compared, dependencies=[Read], responses=NOT_MODIFIED)
def compare(request: Request, door: Service, old: Side, new: Side = LIVE) -> Response:
    """What the second rules say otherwise than the first, row by row in words. 404: there is no such one."""
    book = RuleBook(Here.of(door))
    one, other = _found(book, old), _found(book, new)
    return tagged(request, Compared(old=one.title, new=other.title, differences=differences(one, other)))


@router.get("/{source}", response_model=Rules, dependencies=[Read], responses=NOT_MODIFIED)
def show(request: Request, door: Service, source: Source) -> Response:
    """The rules as a document; its ETag is their hash."""
    found = _found(RuleBook(Here.of(door)), source)
    body = Rules(title=found.title, number=found.number, sha256=found.sha256, document=dict(found.content))
    return tagged(request, body, tag=f'"{found.sha256}"')


@router.get("/{source}/examples", response_model=RuleExamples, dependencies=[Read], responses=NOT_MODIFIED)
def examples(request: Request, door: Service, source: Source) -> Response:
    """The examples that belong to rules: kept with the version, else of the workspace's file.

    Of the built-in rules they are what those say on either side of each threshold. Empty: there are none.
    """
    book = RuleBook(Here.of(door))
    _found(book, source)
    try:
        told = book.examples(source)
    except UsageError:
        told = []
    return tagged(request, RuleExamples(examples=[RuleExample(**one.as_dict()) for one in told]))


@router.post("/check", response_model=RulesChecked, dependencies=[Read])
def check(door: Service, given: RulesToCheck) -> RulesChecked:
    """What is wrong with a document of rules: table, row, column, why, and how to mend it; nothing is kept.

    Where it can decide: what comes of the examples, and what it says otherwise than the rules in force.
    """
    book = RuleBook(Here.of(door))
    found = book.check(given.document)
    sound = found.rules
    mistakes = list(found.mistakes)
    told, tried = [], []
    try:
        told = examples_of(_plain(given.examples or ()), "examples")
    except RulesError as error:
        mistakes.append(Mistake("error", error.where or "examples", error.what, error.fix or ""))
    if sound is not None:
        tried = try_examples(sound, told)
    return RulesChecked(
        sound=sound is not None,
        sha256=sha256_of(given.document),
        mistakes=[RuleMistake(**mistake.as_dict()) for mistake in mistakes],
        examples=[ExampleTried.model_validate(one.as_dict()) for one in tried],
        differences=None if sound is None else differences(book.get(LIVE), sound),
    )


@router.post("/try", response_model=Trial)
def try_(
    door: Service,
    given: TryRequest,
    once: Acting,
    seen: Shown,
    who: Annotated[Principal, Depends(permit("rules.read"))],
) -> Response:
    """A run of the past decided again by other rules, beside those in force; nothing is written.

    It is the newest run up to `as_of`. Counted are all customers; a csm is shown own ones. 404: there is no
    such version, or no finished run. 409: the rules ask for facts that only the warehouse has; then it is
    `retinue rules try`. 400: the document cannot decide; `…/check` says why.
    """
    mine = customers_seen(who, door, "rules.read")

    def work() -> Trial:
        from retinue.runs.trying import try_rules

        here = Here.of(door)
        book = RuleBook(here)
        tried = book.get(given.document) if given.document is not None else _found(book, given.rules or "")
        try:
            found = try_rules(
                here, book.get(LIVE), tried, as_of=given.as_of or here.clock, top=given.top, only=mine
            )
        except (RulesError, StateError):
            raise
        except UsageError as error:
            raise NotFoundError(error.what, fix=error.fix) from None
        seen.many("trial", found["run"], customers=[one["customer_id"] for one in found["customers"]])
        return Trial(**found)

    return once(who, work)


@router.post("", status_code=201, response_model=RuleVersion)
def keep(
    door: Service,
    given: Annotated[KeepRequest, Body()],
    once: Acting,
    who: Annotated[Principal, Depends(permit("rules.change"))],
    if_match: IfMatch = None,
) -> Response:
    """Put rules in force as a new version, or keep them as a draft; who asks and why are kept with it.

    Refused (400) where the check finds an error or an example does not come out, as `retinue rules accept`
    refuses them. `If-Match` names the rules that are replaced: 412 when others are in force by now, 422
    without it, except for a draft.
    """

    def work() -> RuleVersion:
        book, after = RuleBook(Here.of(door)), None
        if given.state == "live":
            after = book.newest()  # before anything else: what comes after it is found when these are kept
            _replaces(book, if_match)
        told = None if given.examples is None else _plain(given.examples)
        source: str | Mapping[str, Any]
        if given.document is not None:
            # what stands in the workspace's files is not what somebody sees who is elsewhere
            source, told = given.document, told or []
        else:
            source = given.rules or ""
            _found(book, source)
        try:
            kept = book.keep(
                source,
                who=who.subject,
                reason=given.reason,
                state=given.state,
                as_of=given.since,
                examples=told,
                after=after,
            )
        except Overtaken:
            raise _others() from None
        return RuleVersion(**next(one for one in book.versions() if one["number"] == kept.number))

    return once(who, work, status=201, location=_place)


def _place(text: str) -> str:
    return f"/api/v1/rules/{RuleVersion.model_validate_json(text).number}"


def _replaces(book: RuleBook, if_match: str | None) -> None:
    """Raises RequestError unless If-Match names the rules in force."""
    if if_match is None:
        raise RequestError(
            "Say which rules you replace.",
            status=422,
            where="If-Match",
            fix="Send the ETag of GET /api/v1/rules/live.",
        )
    tags = [part.strip().removeprefix("W/").strip('"') for part in if_match.split(",")]
    if book.get(LIVE).sha256 not in tags:
        raise _others()


def _others() -> RequestError:
    """Others replaced the rules that somebody looked at."""
    return RequestError(
        "Other rules are in force than If-Match names.",
        status=412,
        where="If-Match",
        fix="Look at the rules in force again, then change those.",
    )


def _found(book: RuleBook, source: str) -> Any:
    """The rules of a name. Raises NotFoundError."""
    try:
        return book.get(source)
    except UsageError as error:
        raise NotFoundError(error.what, fix="See which there are: GET /api/v1/rules") from None


def _plain(examples: Collection[RuleExample]) -> list[dict[str, Any]]:
    """Examples as a file has them."""
    return [one.model_dump() for one in examples]
