"""How a field is declared: a permission, a function with the shapes of REST, and what it costs.

The function is written as a route is: its arguments have the types and bounds of REST, its answer is one of
the shapes. From that the field gets its arguments, the check of what was sent, and its type.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, EnumMeta
from functools import cached_property
from typing import Annotated, Any, get_args, get_type_hints

import strawberry
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo
from strawberry.types.field import StrawberryField

from retinue.api.access import refuse
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.kinds import Kinds, bare
from retinue.api.routes.customers import Filters
from retinue.errors import RequestError
from retinue.security import PERMISSIONS

__all__ = ["PERMISSION", "WEIGHT", "Field", "answers", "watches"]

PERMISSION, WEIGHT = "permission", "weight"
_GIVEN = ("asking", "source")
"""Arguments of a function that nobody sends: who asks with what the service holds, and whose field it is."""


@dataclass(frozen=True)
class Field:
    """A field before there is a schema. weight: what it costs beside what it answers."""

    permission: str
    function: Callable[..., Any]
    weight: int = 1
    live: bool = False

    @property
    def name(self) -> str:
        """Its name, as Python writes it."""
        return self.function.__name__.strip("_")

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def _sent(self) -> dict[str, tuple[Any, Any]]:
        """What may be sent: name to its type and its default."""
        found: dict[str, tuple[Any, Any]] = {}
        for name, one in inspect.signature(self.function).parameters.items():
            if self._hints[name] is Filters:
                hints = get_type_hints(Filters.__init__, include_extras=True)
                of = inspect.signature(Filters).parameters
                found |= {inner: (hints[inner], of[inner].default) for inner in of}
            elif name not in _GIVEN:
                found[name] = (self._hints[name], one.default)
        return found

    @cached_property
    def _checked(self) -> type[BaseModel]:
        fields: dict[str, Any] = {
            name: (kind, ... if default is inspect.Parameter.empty else default)
            for name, (kind, default) in self._sent.items()
        }
        config = ConfigDict(extra="forbid", allow_inf_nan=False)
        return create_model("Sent", __config__=config, **fields)

    def made(self, kinds: Kinds) -> StrawberryField:
        """The field of a schema."""
        wanted = PERMISSIONS[self.permission]
        sourced = "source" in self._hints

        def resolve(root: Any, info: strawberry.Info, **sent: Any) -> Any:
            asking: Asking = info.context
            refuse(asking.who, asking.door, wanted.name)
            return self.function(asking, **self._arguments(sent), **({"source": root} if sourced else {}))

        resolve.__signature__ = self._signature(kinds)  # type: ignore[attr-defined]
        resolve.__name__ = self.name
        answer = self._hints["return"]
        kind = kinds.of(get_args(answer)[0] if self.live else answer)
        made = strawberry.subscription if self.live else strawberry.field
        found: StrawberryField = made(
            resolver=resolve,
            description=_words(self.function, wanted.name),
            graphql_type=kind if self.live else kind | None,
            metadata={PERMISSION: wanted.name, WEIGHT: self.weight},
        )
        for one in found.arguments:
            if isinstance(one.default, tuple):  # a parameter must be hashable
                one.default = list(one.default)
        return found

    def _signature(self, kinds: Kinds) -> inspect.Signature:
        """What Strawberry reads arguments from."""
        keyword, any_ = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
        found = [
            inspect.Parameter("root", any_, annotation=Any),
            inspect.Parameter("info", any_, annotation=strawberry.Info),
        ]
        for name, (declared, default) in self._sent.items():
            kind = kinds.of(declared, _camel(name))
            about = strawberry.argument(description=_described(declared))
            shown = _default(kind, default)
            found.append(inspect.Parameter(name, keyword, default=shown, annotation=Annotated[kind, about]))
        return inspect.Signature(found)

    def _arguments(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the function, checked. Raises RequestError: 422."""
        try:
            found = self._checked(**{name: _plain(value) for name, value in sent.items()})
        except ValidationError as error:
            raise RequestError(
                "An argument does not have the form it needs.",
                status=422,
                problems=[
                    {
                        "pointer": "".join(f"/{part}" for part in fault["loc"]),
                        "detail": str(fault["msg"]),
                    }
                    for fault in error.errors(include_url=False, include_input=False)
                ],
            ) from None
        values = {name: getattr(found, name) for name in self._sent}
        for name, kind in self._hints.items():
            if kind is Filters:
                inner = inspect.signature(Filters).parameters
                values[name] = Filters(**{one: values.pop(one) for one in inner})
        return values


def answers(permission: str, *, weight: int = 1) -> Callable[[Callable[..., Any]], Field]:
    """Declare a field. Its function takes `asking`, and `source` where it belongs to a shape.

    Raises KeyError for a permission that is not in the table.
    """
    name = PERMISSIONS[permission].name
    return lambda function: Field(name, function, weight)


def watches(permission: str) -> Callable[[Callable[..., Any]], Field]:
    """Declare a field that goes on: its function gives one answer after the other."""
    name = PERMISSIONS[permission].name
    return lambda function: Field(name, function, live=True)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def _default(kind: Any, default: Any) -> Any:
    """A default as the schema shows it: enums by their members, lists as tuples."""
    inner = bare(kind)
    if isinstance(default, list):
        return tuple(_default(inner[2][0], one) for one in default)
    return kind(default) if isinstance(kind, EnumMeta) and default is not inspect.Parameter.empty else default


def _described(declared: Any) -> str | None:
    about = getattr(declared, "__metadata__", ())
    return next((one.description for one in about if isinstance(one, FieldInfo) and one.description), None)


def _words(function: Callable[..., Any], permission: str) -> str:
    text = inspect.getdoc(function) or ""
    return f"{' '.join(text.split())} Needs `{permission}`."


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
