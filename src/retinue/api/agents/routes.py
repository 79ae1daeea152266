"""What a route of the service declares: its permission and the model of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from retinue.api.routes import ROUTERS

__all__ = ["Operation", "operation"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A route: its permission, and what it answers."""

    permission: str
    answer: type[BaseModel]


def operation(method: str, path: str) -> Operation:
    """The operation of that method and path. Raises LookupError where there is none with one permission."""
    for router in ROUTERS:
        for route in router.routes:
            found: Any = route
            if found.path == path and method in found.methods:
                named = [getattr(one.call, "permission", None) for one in found.dependant.dependencies]
                (permission,) = [one for one in named if one is not None]
                return Operation(permission, found.response_model)
    raise LookupError(f"{method} {path} is no route")
