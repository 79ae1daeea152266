"""From the shapes of REST to the types of GraphQL: the same fields, words and values, declared once.

A shape's instance is answered as it is; nothing is copied. Texts from a short list become enums, whole
numbers of cents a scalar of their own (GraphQL's `Int` ends at 2,147,483,647), and open objects `JSON`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, Union, get_args, get_origin

import strawberry
from pydantic import AwareDatetime, BaseModel, NaiveDatetime, TypeAdapter
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from retinue.api.routes.customers import SortName
from retinue.api.shapes.campaigns import CampaignState
from retinue.api.shapes.customers import ActionName, RiskName
from retinue.api.shapes.operations import DeliveryState
from retinue.api.shapes.reviews import CaseState, Code

if TYPE_CHECKING:
    from retinue.api.graphql.fields import Field

__all__ = ["SCALARS", "Kinds", "bare"]

Cents = NewType("Cents", int)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(datetime)

SCALARS: Mapping[object, ScalarDefinition] = {
    Cents: strawberry.scalar(
        name="Cents", description="whole cents of the project's currency", serialize=int, parse_value=int
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="a time in UTC, as in `2026-02-14T10:30:00Z`",
        serialize=lambda value: _MOMENT.dump_python(value, mode="json"),
        parse_value=_MOMENT.validate_python,
    ),
}

_NAMED: Mapping[frozenset[str], str] = {
    frozenset(get_args(kind)): name
    for kind, name in (
        (RiskName, "RiskLevel"),
        (ActionName, "ActionType"),
        (SortName, "CustomerSort"),
        (CampaignState, "CampaignState"),
        (DeliveryState, "DeliveryState"),
        (CaseState, "ReviewState"),
        (Code, "RejectionCode"),
        (Literal["asc", "desc"], "Order"),
        (Literal["LOW", "MEDIUM", "HIGH"], "Urgency"),
    )
}
_AS_THEY_ARE = (str, int, float, bool)


class Kinds:
    """The types of one schema, each made once.

    links: shape to the fields that it has in GraphQL beside its own; they lead in no circle.
    """

    def __init__(self, links: Mapping[type[BaseModel], Sequence[Field]]) -> None:
        self.links = links
        self._made: dict[type[BaseModel], type] = {}
        self._enums: dict[frozenset[str], Any] = {}

    def of(self, kind: Any, name: str = "") -> Any:
        """What GraphQL knows a kind of value as. name: of an enum that has none of its own."""
        kind, origin, inner = bare(kind)
        if origin in (Union, UnionType):
            rest = tuple(one for one in inner if one is not NoneType)
            if all(bare(one)[0] in (datetime, AwareDatetime, NaiveDatetime) for one in rest):
                rest = (datetime,)
            found = float if set(rest) == {int, float} else self.of(rest[0], name)
            return found | None if NoneType in inner else found
        if origin is Literal:
            return self._enum(frozenset(inner), name)
        if origin in (list, Sequence, tuple):
            item = self.of(inner[0], name)
            return JSON if item is JSON else list[item]  # type: ignore[valid-type]
        if kind is Any or kind in (dict, Mapping) or origin in (dict, Mapping):
            return JSON
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self._type(kind)
        if kind is datetime:
            return datetime
        if kind in _AS_THEY_ARE:
            return Cents if kind is int and (name == "Cents" or name.endswith("Cents")) else kind
        raise TypeError(f"GraphQL has no type for {kind!r}.")

    def _type(self, shape: type[BaseModel]) -> type:
        if shape not in self._made:
            own: dict[str, Any] = {"__annotations__": {}, "__module__": shape.__module__}
            for name, declared in shape.model_fields.items():
                label = shape.__name__ + "".join(part.capitalize() for part in name.split("_"))
                own["__annotations__"][name] = self.of(declared.annotation, label)
                own[name] = strawberry.field(description=declared.description)
            own |= {field.name: field.made(self) for field in self.links.get(shape, ())}
            made = type(shape.__name__, (), own)
            self._made[shape] = strawberry.type(made, description=_first(shape.__doc__))
        return self._made[shape]

    def _enum(self, values: frozenset[str], name: str) -> Any:
        if values not in self._enums:
            made = Enum(_NAMED.get(values, name), {one: one for one in sorted(values)})  # type: ignore[misc]
            self._enums[values] = strawberry.enum(made)
        return self._enums[values]


def bare(kind: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """A kind without what is annotated of it, what it is made of, and its parts.

    >>> bare(Annotated[list[str], "at most three"])
    (list[str], <class 'list'>, (<class 'str'>,))
    """
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind, get_origin(kind), get_args(kind)


def _first(text: str | None) -> str | None:
    return None if text is None else " ".join(text.strip().partition("\n\n")[0].split())
