"""Every route of the application, with the permission that it declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from retinue.api.showing import showing

__all__ = ["Declared", "declared"]


@dataclass(frozen=True)
class Declared:
    """permissions: what its dependencies demand, wherever they stand. shows: whether it can put on
    record what it shows."""

    method: str
    path: str
    permissions: tuple[str, ...]
    shows: bool = False


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
            calls = list(_calls(getattr(route, "dependant", None)))
            found = tuple(call.permission for call in calls if hasattr(call, "permission"))
            for method in sorted(route.methods - {"HEAD"}):
                yield Declared(method, prefix + route.path, found, showing in calls)


def _calls(dependant: Any) -> Iterator[Any]:
    if dependant is None:
        return
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
