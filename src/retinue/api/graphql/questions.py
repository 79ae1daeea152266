"""From a text to a question that may be answered: read, weighed, validated, once for each text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from retinue.api.graphql.costing import cost_of
from retinue.api.graphql.weighing import CHARACTERS, TOKENS, form_of, too_much
from retinue.errors import RequestError

__all__ = ["Invalid", "Question", "Questions"]

_KEPT = 256
_FAULTS = 10


class Invalid(RequestError):
    """A text that is no question to this schema. faults: what is wrong, with the places."""

    def __init__(self, faults: list[GraphQLError]) -> None:
        super().__init__("The question cannot be understood.", status=400, where="query")
        self.faults = faults


@dataclass(frozen=True)
class Question:
    """A valid document.

    kinds: its operations' names to `query`, `mutation` or `subscription`. roots: the most fields at the
    top of one of them.
    """

    document: DocumentNode
    kinds: Mapping[str | None, str]
    roots: int

    def kind(self, name: str | None) -> str:
        """What kind of operation is asked for. Raises RequestError: 400 where that is not said."""
        if name is None and len(self.kinds) == 1:
            return next(iter(self.kinds.values()))
        if name is None or name not in self.kinds:
            raise RequestError(
                "It is not said which operation is meant.",
                where="operationName",
                fix="Name one of the document's operations.",
            )
        return self.kinds[name]


class Questions:
    """Questions to one schema. most: what one may cost. open_: whether the schema tells of itself."""

    def __init__(self, schema: GraphQLSchema, *, most: int, open_: bool) -> None:
        self._schema, self._most, self._open = schema, most, open_
        self._rules = list(specified_rules) + ([] if open_ else [NoSchemaIntrospectionCustomRule])
        self._read = lru_cache(_KEPT)(self._made)

    def of(self, text: str, name: str | None, sent: Mapping[str, Any]) -> Question:
        """The question of a text. name: of the operation. sent: its variables.

        Raises Invalid; RequestError: 400 where no operation can be told, 422 where it asks for too much.
        """
        if len(text) > CHARACTERS:
            raise too_much(f"The question has more than {CHARACTERS:,} characters.")
        question = self._read(text)
        question.kind(name)
        cost = cost_of(self._schema, question.document, name, sent)
        if cost > self._most:
            raise too_much(f"The question costs {cost:,}; at most {self._most:,} are answered.")
        return question

    def _made(self, text: str) -> Question:
        try:
            document = parse(text, max_tokens=TOKENS)
            roots = form_of(document)
        except GraphQLError as error:
            raise Invalid([error]) from None
        faults = validate(
            self._schema, document, self._rules, max_errors=_FAULTS, hide_suggestions=not self._open
        )
        if faults:
            raise Invalid(faults)
        kinds = {
            one.name.value if one.name else None: one.operation.value
            for one in document.definitions
            if isinstance(one, OperationDefinitionNode)
        }
        return Question(document, kinds, roots)
