"""Finds adapters by name: the three entry-point groups through which anything is added to Retinue.

| group | what it adds | protocol |
| --- | --- | --- |
| `retinue.sources` | where facts come from | `retinue.sources.Source` |
| `retinue.channels` | how an action reaches a customer | `retinue.channels.Channel` |
| `retinue.engines` | the database that carries the warehouse | `retinue.warehouse.Engine` |

The built-in adapters are registered in our own `pyproject.toml` by the same door. Nothing is imported
until it is asked for by name.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from retinue.errors import PluginError

__all__ = ["GROUPS", "Group", "known", "load"]

Group = Literal["retinue.sources", "retinue.channels", "retinue.engines"]
GROUPS: tuple[Group, ...] = ("retinue.sources", "retinue.channels", "retinue.engines")


@cache
def _registered(group: Group) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def known(group: Group) -> tuple[str, ...]:
    """The names registered in a group, sorted.

    >>> "files" in known("retinue.sources")
    True
    """
    return tuple(sorted(_registered(group)))


def load(group: Group, name: str) -> Any:
    """The object registered under `name`, imported now.

    Raises PluginError when there is no such name (naming the known ones and the nearest) or when its
    import fails (naming the package that registered it).

    >>> load("retinue.sources", "files").__name__
    'FilesSource'
    """
    kind = group.removeprefix("retinue.").removesuffix("s")
    entry = _registered(group).get(name)
    if entry is None:
        names = known(group)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        listed = ", ".join(names) or "none"
        raise PluginError(
            f"There is no {kind} called '{name}'.",
            where=f"entry-point group {group}",
            fix=f"{hint}Known: {listed}. Another one comes with the package that provides it.",
        )
    try:
        return entry.load()
    except Exception as error:
        package = entry.dist.name if entry.dist else entry.value
        raise PluginError(
            f"The {kind} '{name}' cannot be loaded: {error}.",
            where=f"{entry.value} (package {package})",
            fix=f"Install what it needs, e.g. its extra, or remove {package}.",
        ) from error
