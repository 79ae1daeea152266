"""What a question costs: its fields, times the length of the lists that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from retinue.api.graphql.fields import WEIGHT

__all__ = ["cost_of"]

LIST = 10
"""As how long a list counts of which nobody says how long it is."""
ITSELF = 1_000
"""What it costs to ask the schema of itself; how deep that may go is bounded elsewhere."""
LONGEST = 200
"""As how long a page counts where its length cannot be read; what is sent is checked elsewhere."""


def cost_of(schema: GraphQLSchema, document: DocumentNode, name: str | None, sent: Mapping[str, Any]) -> int:
    """The cost of an operation of a valid document. name: of it, where there are several. sent: variables."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    chosen = [one for one in operations if name is None or (one.name and one.name.value == name)]
    fragments = {
        one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    return max((_Costs(schema, fragments, one, sent).whole() for one in chosen), default=0)


class _Costs:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        sent: Mapping[str, Any],
    ) -> None:
        self._schema, self._fragments, self._operation = schema, fragments, operation
        self._known: dict[tuple[str, str, bool], int] = {}
        self._sent = {
            one.variable.name.value: _number(one.default_value)
            for one in operation.variable_definitions or ()
        } | dict(sent)

    def whole(self) -> int:
        root = self._schema.get_root_type(self._operation.operation)
        return 0 if root is None else self._of(self._operation.selection_set, root, paged=False)

    def _of(self, selections: SelectionSetNode, parent: GraphQLObjectType, *, paged: bool) -> int:
        """What is asked of a type. paged: the length of its lists is counted already."""
        total = 0
        for one in selections.selections:
            if isinstance(one, FieldNode):
                total += self._field(one, parent, paged=paged)
            elif isinstance(one, FragmentSpreadNode):
                key = (one.name.value, parent.name, paged)
                if key not in self._known:
                    inner = self._fragments[one.name.value].selection_set
                    self._known[key] = self._of(inner, parent, paged=paged)
                total += self._known[key]
            else:
                total += self._of(one.selection_set, parent, paged=paged)  # type: ignore[attr-defined]
        return total

    def _field(self, node: FieldNode, parent: GraphQLObjectType, *, paged: bool) -> int:
        declared = self._schema.get_field(parent, node.name.value)
        if declared is None:
            return 1
        if node.name.value in ("__schema", "__type"):
            return ITSELF
        kind, weight, times = get_named_type(declared.type), _weight(declared), 1
        if "limit" in declared.args:
            times = self._limit(node, declared)
        elif isinstance(get_nullable_type(declared.type), GraphQLList) and not paged:
            times = LIST
        if node.selection_set is None or not isinstance(kind, GraphQLObjectType):
            return weight
        return weight + times * self._of(node.selection_set, kind, paged="limit" in declared.args)

    def _limit(self, node: FieldNode, declared: GraphQLField) -> int:
        given: Any = declared.args["limit"].default_value
        for one in node.arguments or ():
            if one.name.value == "limit":
                value = one.value
                given = (
                    self._sent.get(value.name.value, given)
                    if isinstance(value, VariableNode)
                    else _number(value)
                )
        return max(1, given) if type(given) is int else LONGEST


def _weight(declared: GraphQLField) -> int:
    field = declared.extensions.get("strawberry-definition")
    return int(field.metadata.get(WEIGHT, 1)) if field is not None else 1


def _number(value: Any) -> int | None:
    return int(value.value) if isinstance(value, IntValueNode) and len(value.value) < 10 else None
