"""Every route of the application, with the permission that it declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

__all__ = ["Declared", "declared"]


@dataclass(frozen=True)
class Declared:
    """permissions: what its dependencies demand, wherever they stand."""

    method: str
    path: str
    permissions: tuple[str, ...]


def declared(app: FastAPI) -> list[Declared]:
    """Each method of each path, also of included and mounted ones."""
    return list(_walk(app.routes))


def _walk(routes: Iterable[Any], prefix: str = "") -> Iterator[Declared]:
    for route in routes:
        inner = getattr(route, "effective_route_contexts", None)
        if inner is not None:
            yield from _walk(inner(), prefix)
        elif (
            getattr(route, "methods", None) is None
        ):  # a mount, or something new: its own path must be public
            yield Declared("GET", prefix + str(getattr(route, "path", repr(route))), ())
            yield from _walk(getattr(route, "routes", None) or (), prefix + str(getattr(route, "path", "")))
        else:
            found = tuple(_demanded(getattr(route, "dependant", None)))
            for method in sorted(route.methods - {"HEAD"}):
                yield Declared(method, prefix + route.path, found)


def _demanded(dependant: Any) -> Iterator[str]:
    if dependant is None:
        return
    demanded = getattr(dependant.call, "permission", None)
    if demanded is not None:
        yield demanded
    for inner in dependant.dependencies:
        yield from _demanded(inner)
