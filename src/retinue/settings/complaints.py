"""Turns what pydantic found wrong into what, where (file and line, or variable) and how to mend it."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from retinue.errors import SettingsError
from retinue.settings.positions import line_of

__all__ = ["annotation_at", "complaint", "explain", "keys_at", "mistyped", "unknown"]

PREFIX = "RETINUE_"


def explain(
    error: ValidationError,
    model: type[BaseModel],
    *,
    text: str,
    file: Path,
    environment: Mapping[str, str],
    prefix: tuple[str, ...] = (),
    where: str = "",
) -> SettingsError:
    """The first complaint as a SettingsError.

    `prefix` is where `model` stands in the file; `where` is the place when it is not the file.
    """
    found = error.errors(include_url=False)
    # A misspelt required key gives two complaints; the one that names the misspelling helps.
    first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])
    inner = tuple(str(part) for part in first["loc"])
    path = (*prefix, *inner)
    place = where or _place(path, text, file, environment)
    if first["type"] == "extra_forbidden":
        return unknown(path, keys_at(model, inner[:-1]), where=place)
    shown = first.get("input")
    got = "" if isinstance(shown, dict | BaseModel) else f" (got {shown!r})"
    return complaint(path, f"{str(first['msg']).removeprefix('Value error, ')}{got}", where=place)


def complaint(path: tuple[str, ...], message: str, *, where: str) -> SettingsError:
    """A setting that is there, with a value that will not do."""
    dotted = ".".join(path)
    return SettingsError(f"Setting '{dotted}': {message}.", where=where, fix="Correct the value.")


def unknown(path: tuple[str, ...], valid: list[str], *, where: str) -> SettingsError:
    """A key that is not one, with the nearest that is."""
    near = difflib.get_close_matches(path[-1], valid, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    listed = f"Valid here: {', '.join(sorted(valid))}." if valid else "Remove it."
    return SettingsError(f"Unknown setting '{'.'.join(path)}'.", where=where, fix=hint + listed)


def mistyped(raw: Mapping[str, Any], model: type[BaseModel], *, text: str, file: Path) -> None:
    """Raise for text or a truth value where the file should hold a number.

    The environment has only text, so numbers are read from text there; a file can tell them apart.
    """
    for path, value in _leaves(raw):
        kinds = [k for k in _alternatives(annotation_at(model, path)) if k is not type(None)]
        if kinds and set(kinds) <= {int, float} and isinstance(value, bool | str):
            line = line_of(text, path)
            raise complaint(
                path,
                f"a number is wanted, without quotes (got {value!r})",
                where=f"{file}:{line}" if line else str(file),
            )


def keys_at(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    """The keys that are valid below `path`."""
    found = next((k for k in _alternatives(annotation_at(model, path)) if _is_model(k)), None)
    return [] if found is None else [name for name in found.model_fields if name != "root"]


def annotation_at(model: type[BaseModel], path: tuple[str, ...]) -> Any:
    """The declared type of the setting at `path`; `Any` where nothing is declared."""
    current: Any = model
    for part in path:
        current = _below(current, part)
    return current


def _below(annotation: Any, part: str) -> Any:
    for kind in _alternatives(annotation):
        if _is_model(kind) and part in kind.model_fields:
            return kind.model_fields[part].annotation
        if getattr(kind, "__name__", None) == part:
            # pydantic names the member of a union in the path of a complaint.
            return kind
        arguments = get_args(kind)
        if get_origin(kind) is dict and len(arguments) == 2:
            return arguments[1]
        if get_origin(kind) in (list, tuple) and arguments:
            return arguments[0]
    return Any


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    return get_args(annotation) if origin in (Union, types.UnionType) else (annotation,)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _leaves(raw: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in raw.items():
        inner = (*path, key)
        found += _leaves(value, inner) if isinstance(value, dict) else [(inner, value)]
    return found


def _place(path: tuple[str, ...], text: str, file: Path, environment: Mapping[str, str]) -> str:
    for depth in range(len(path), 0, -1):
        variable = PREFIX + "__".join(path[:depth]).upper()
        given = next((name for name in environment if name.upper() == variable), None)
        if given is not None and _holds(environment[given], path[depth:]):
            return f"environment variable {given}"
    line = line_of(text, path)
    return f"{file}:{line}" if line else str(file)


def _holds(value: str, rest: tuple[str, ...]) -> bool:
    """Whether a variable's JSON has the key complained about, so that the file is not blamed for it."""
    if not rest:
        return True
    try:
        body = json.loads(value)
    except ValueError:
        return True
    for part in rest:
        if not isinstance(body, dict):
            return True
        if part not in body:
            return False
        body = body[part]
    return True
