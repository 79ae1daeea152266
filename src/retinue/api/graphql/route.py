"""One address for every question. What may be asked, and by whom, is declared by each field."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from retinue.api.access import proven
from retinue.api.deps import Service, taken
from retinue.api.graphql.answering import EVENTS, Graph, answer, events
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.faults import ROUTE, faults_of
from retinue.api.reading import Reads
from retinue.errors import RequestError, RetinueError
from retinue.security import Principal

__all__ = ["router"]

router = APIRouter(prefix=ROUTE, tags=["graphql"])

_JSON, _OWN, _PROBLEM = "application/json", "application/graphql-response+json", "application/problem+json"
_STREAM = EVENTS.headers["Content-Type"]


class GraphQuestion(BaseModel):
    """A question: the text, which of its operations is meant, and its variables."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"query": "{ customers(limit: 3) { customers { customerId } } }"}]},
    )

    query: str
    operationName: str | None = Field(None, max_length=200)
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = Field(None, description="not used")


class GraphFault(BaseModel):
    """One error; `extensions` says what a problem says: `code`, `status`, `title`, `fix` and so on."""

    message: str
    extensions: dict[str, Any]
    locations: list[dict[str, int]] | None = None
    path: list[str | int] | None = None


class GraphAnswer(BaseModel):
    """The answer, or what of it could be answered; with `errors` for what could not."""

    data: dict[str, Any] | None = None
    errors: list[GraphFault] | None = None


_ANSWER, _REFUSAL = ({"$ref": f"#/components/schemas/{name}"} for name in ("GraphAnswer", "Problem"))
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, or what of it could be answered; the events of a subscription.",
        "content": {_OWN: {}, _STREAM: {"schema": {"type": "string"}}},
    },
    **{
        status: {
            "description": words,
            "content": {_JSON: {"schema": _ANSWER}, _PROBLEM: {"schema": _REFUSAL}},
        }
        for status, words in {
            400: "The question cannot be understood.",
            403: "Nobody from elsewhere may ask.",
            405: "`GET` is for queries only.",
            406: "A subscription is answered as `text/event-stream`.",
            415: "The body is of another kind than `application/json`.",
            422: "It asks for too much, or has not the form it needs.",
        }.items()
    },
}


async def _asking(request: Request, door: Service) -> Principal:
    found = await proven(request, door)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind != _JSON:  # no page of another site can send this unasked
        raise RequestError(f"A question is sent as {_JSON}.", status=415, where="Content-Type")
    return found


Who = Annotated[Principal, Depends(_asking)]


def _graph(request: Request) -> Graph:
    found: Graph = request.app.state.graph
    return found


@router.post("", response_model=GraphAnswer, responses=_DOCUMENTED)
async def ask(request: Request, given: GraphQuestion, door: Service, reads: Reads, who: Who) -> Response:
    """Ask a query, do a mutation, or listen to a subscription; each field needs its own permission.

    An error of one field stands in `errors` beside what could be answered, with the code and status that REST
    would have given. Several operations in one request are refused, as is what asks for too much.
    """
    return await _answered(Asking(request, door, reads, who), _graph(request), given)


@router.get("", response_model=GraphAnswer, responses=_DOCUMENTED)
async def query(
    request: Request,
    door: Service,
    reads: Reads,
    who: Who,
    query: Annotated[str, Query(description="the text of the question")],
    operationName: Annotated[str | None, Query(max_length=200)] = None,
    variables: Annotated[str | None, Query(description="a JSON object")] = None,
) -> Response:
    """Ask a query. Mutations and subscriptions need POST."""
    found: Any = None
    try:
        found = None if variables is None else json.loads(variables)
        if not isinstance(found, dict | None):
            raise ValueError
    except (ValueError, RecursionError):
        return _refused(RequestError("The variables are no JSON object.", status=400, where="variables"))
    given = GraphQuestion(query=query, operationName=operationName, variables=found)
    return await _answered(Asking(request, door, reads, who), _graph(request), given)


async def _answered(asking: Asking, graph: Graph, given: GraphQuestion) -> Response:
    try:
        return await _tried(asking, graph, given)
    except RetinueError as refused:
        return _refused(refused)


async def _tried(asking: Asking, graph: Graph, given: GraphQuestion) -> Response:
    request, door = asking.request, asking.door
    post = request.method == "POST"
    name, sent = given.operationName, given.variables or {}
    question = await run_in_threadpool(graph.questions.of, given.query, name, sent)
    asked = question.kind(name)
    if not post and asked != "query":
        raise RequestError("GET is for queries only.", status=405, fix="Send it with POST.")
    if asking.who.kind != "local":  # each field at the top counts as one request of REST
        for _ in range(question.roots - 1):
            taken(door.access.principals, asking.who.subject, door.clock().timestamp())
    asking.document = question.document
    if asked == "subscription":
        if _STREAM not in request.headers.get("accept", ""):
            raise RequestError(
                "A subscription is answered as events.", status=406, fix=f"Send Accept: {_STREAM}"
            )
        graph.listeners.room(asking.who)
        return StreamingResponse(
            events(asking, graph.listeners, given.query, name, sent), headers=dict(EVENTS.headers)
        )
    body = await run_in_threadpool(answer, asking, given.query, name, sent)
    return _sent(request, body, 200)


def _refused(request_error: RetinueError) -> Response:
    faults, status, headers = faults_of(request_error)
    return Response(
        msgspec.json.encode({"errors": faults}),
        status_code=status,
        media_type=_JSON,
        headers={"Cache-Control": "no-store", **headers},
    )


def _sent(request: Request, body: bytes, status: int) -> Response:
    kind = _OWN if _OWN in request.headers.get("accept", "") else _JSON
    return Response(body, status, media_type=kind, headers={"Cache-Control": "private, no-store"})
