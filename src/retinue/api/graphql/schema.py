"""The schema: all fields together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError
from pydantic import BaseModel
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from retinue.api.graphql import acts, campaigns, customers, figures, live, work
from retinue.api.graphql.fields import Field
from retinue.api.graphql.kinds import SCALARS, Kinds

__all__ = ["Schema", "schema"]

QUERIES = (*customers.QUERIES, *campaigns.QUERIES, *figures.QUERIES, *work.QUERIES)
LINKS: Mapping[type[BaseModel], tuple[Field, ...]] = {**customers.LINKS, **campaigns.LINKS}


class _Ready(SchemaExtension):
    """Takes the document that was read, weighed and validated before."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


class Schema(strawberry.Schema):
    """A schema that leaves it to the answer to log errors."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: see `faults`."""


@cache
def schema() -> Schema:
    """The schema; made once."""
    kinds = Kinds(LINKS)
    return Schema(
        query=_root("Query", QUERIES, kinds),
        mutation=_root("Mutation", acts.ACTS, kinds),
        subscription=_root("Subscription", live.LIVE, kinds),
        extensions=[_Ready],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def _root(name: str, fields: tuple[Field, ...], kinds: Kinds) -> type:
    own: dict[str, Any] = {field.name: field.made(kinds) for field in fields}
    return strawberry.type(type(name, (), own))
