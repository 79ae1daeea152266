"""A question answered, at once or bit by bit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat

from retinue.api.graphql.asking import Asking
from retinue.api.graphql.faults import faults_of, told
from retinue.api.graphql.live import Listeners
from retinue.api.graphql.questions import Questions
from retinue.api.graphql.schema import schema
from retinue.api.observing import fail
from retinue.errors import RequestError
from retinue.settings import Settings

__all__ = ["EVENTS", "Graph", "answer", "events"]

EVENTS = SSETransport()
"""How events are written (`graphql-sse`, in distinct connections)."""


@dataclass(frozen=True)
class Graph:
    """What the service holds for GraphQL."""

    questions: Questions
    listeners: Listeners

    @classmethod
    def of(cls, settings: Settings) -> Graph:
        """As the settings have it."""
        api = settings.api
        return cls(
            Questions(schema()._schema, most=api.graphql_cost, open_=api.graphql_introspection),
            Listeners(api.graphql_listeners),
        )


def answer(asking: Asking, text: str, name: str | None, sent: Mapping[str, Any]) -> bytes:
    """The answer to a query or mutation, as JSON.

    For a thread of its own: what is read is waited for here, in a loop of this question's, so that no other
    request waits.
    """
    found = asyncio.run(
        schema().execute(text, variable_values=dict(sent), context_value=asking, operation_name=name)
    )
    return _body(asking, found)


def events(
    asking: Asking, listeners: Listeners, text: str, name: str | None, sent: Mapping[str, Any]
) -> AsyncGenerator[str, None]:
    """The answers to a subscription: an event `next` for each, then `complete`; comments in between show that
    the line is open."""

    async def found() -> AsyncGenerator[str, None]:
        try:
            with listeners.one(asking.who):
                results: Any = await schema().subscribe(
                    text, variable_values=dict(sent), context_value=asking, operation_name=name
                )
                async for one in results:
                    yield EVENTS.encode_event("next", _body(asking, one).decode())
        except RequestError as refused:
            errors = msgspec.json.encode({"errors": faults_of(refused)[0]})
            yield EVENTS.encode_event("next", errors.decode())
        yield EVENTS.encode_complete()

    return merge_stream_with_heartbeat(
        found,
        lambda: EVENTS.encode_comment("open"),
        interval=EVENTS.heartbeat_interval,
        send_initial_heartbeat=False,
    )()


def _body(asking: Asking, found: Any) -> bytes:
    body: dict[str, Any] = {"data": found.data}
    if found.errors:
        body["errors"] = errors = told(found.errors)
        if any(error["extensions"]["status"] >= 500 for error in errors):
            fail(asking.request)
    return msgspec.json.encode(body)
