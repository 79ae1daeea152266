"""Reads `retinue.toml` and the environment into one `Settings`, with errors that name file and line."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar, get_origin

import pydantic_settings
from pydantic import BaseModel, ValidationError

from retinue.errors import SettingsError
from retinue.settings.complaints import PREFIX, annotation_at, complaint, explain, keys_at, mistyped, unknown
from retinue.settings.positions import line_of
from retinue.settings.sections import SETTINGS_FILE, Settings

__all__ = ["as_decimal", "expand_variables", "load_settings", "overridden", "parse_section"]

_Model = TypeVar("_Model", bound=BaseModel)

_OTHER_VARIABLES = frozenset({"RETINUE_API_KEY", "RETINUE_DATA", "RETINUE_FAULT", "RETINUE_LOG"})
"""Variables that are not settings: an agent's key, the tests' data folder, fault injection, log format."""


def load_settings(root: Path, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """Read `root/retinue.toml` (when there is one) and the environment.

    Parameters
    ----------
    root: folder of the workspace.
    overrides: section → key → value, from the command line; they win over everything.

    Raises SettingsError with file, line and nearest key.
    """
    file = root / SETTINGS_FILE
    text = _text(file)
    raw = _parse_toml(text, file)
    if "root" in raw:
        raise unknown(("root",), keys_at(Settings, ()), where=f"{file}:{line_of(text, ('root',))}")
    mistyped(raw, Settings, text=text, file=file)
    _check_environment()
    try:
        settings = Settings(**{**raw, "root": root})
    except ValidationError as error:
        raise explain(error, Settings, text=text, file=file, environment=os.environ) from error
    except pydantic_settings.SettingsError as error:
        raise _not_json(error) from error
    return overridden(settings, overrides, file) if overrides else settings


def parse_section(
    model: type[_Model], raw: Mapping[str, Any], *, path: tuple[str, ...], root: Path
) -> _Model:
    """Validate a part of `retinue.toml` that a plugin owns, with the same errors as for our own keys.

    `path` is where the part stands, e.g. ``("sources", "shop")``.
    """
    file = root / SETTINGS_FILE
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        raise explain(
            error, model, text=_text(file), file=file, environment=os.environ, prefix=path
        ) from error


def overridden(settings: Settings, overrides: Mapping[str, Mapping[str, Any]], file: Path) -> Settings:
    """The settings with section → key → value replaced. Raises SettingsError, which names `file`'s keys."""
    changed: dict[str, Any] = {}
    for section, values in overrides.items():
        model = next(iter(_models_of(section)), None)
        if model is None:
            raise unknown((section,), keys_at(Settings, ()), where="command line")
        current: BaseModel | None = getattr(settings, section)
        known = {} if current is None else current.model_dump()
        try:
            changed[section] = model.model_validate({**known, **values})
        except ValidationError as error:
            raise explain(
                error, model, text="", file=file, environment={}, prefix=(section,), where="command line"
            ) from error
    return settings.model_copy(update=changed)


def _models_of(section: str) -> list[type[BaseModel]]:
    annotation = annotation_at(Settings, (section,))
    kinds = getattr(annotation, "__args__", (annotation,))
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _text(file: Path) -> str:
    """The file's text without a byte-order mark; empty when there is no file."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{file.name} is not UTF-8 text.", where=f"{file}:{line}", fix="Save it as UTF-8."
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{file.name} cannot be read: {error.strerror}.", where=str(file), fix="Mend its permissions."
        ) from error


def _parse_toml(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        spot = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        where = str(file)
        if spot is not None:
            message = message[: spot.start()]
            lines = text.splitlines() or [""]
            line, column = spot[1] or len(lines), spot[2] or len(lines[-1]) + 1
            where += f":{line}:{column}"
        raise SettingsError(
            f"{file.name} is not valid TOML: {message}.",
            where=where,
            fix="Strings need quotes, sections look like [churn], lists like [1, 2].",
        ) from error


def _check_environment() -> None:
    """A variable that pydantic would silently ignore is an error too."""
    sections = [name for name in Settings.model_fields if name != "root"]
    for name in sorted(os.environ):
        if not name.upper().startswith(PREFIX) or name in _OTHER_VARIABLES:
            continue
        given = name[len(PREFIX) :].lower()
        section = given.partition("__")[0]
        if section in sections:
            continue
        inner = next((s for s in sections if given.startswith(f"{s}_")), None)
        near = difflib.get_close_matches(section, sections, n=1)
        if inner is not None:
            key = given.removeprefix(f"{inner}_").strip("_")
            fix = f"Did you mean {PREFIX}{inner.upper()}__{key.upper()}? Section and key are joined by two _."
        elif near:
            fix = f"Did you mean {PREFIX}{near[0].upper()}__…?"
        else:
            fix = "Unset it."
        raise SettingsError(f"Unknown environment variable {name}.", where="environment", fix=fix)


def _not_json(error: Exception) -> SettingsError:
    """Lists and tables are JSON in the environment: find the variable that is not."""
    for name in sorted(os.environ):
        if not name.upper().startswith(PREFIX) or name in _OTHER_VARIABLES:
            continue
        path = tuple(name[len(PREFIX) :].lower().split("__"))
        kind = annotation_at(Settings, path)
        if kind in (str, int, float, Path) or get_origin(kind) is Literal:
            continue
        try:
            json.loads(os.environ[name])
        except ValueError as broken:
            found = complaint(
                path,
                f"lists and tables are JSON in the environment: {broken}",
                where=f"environment variable {name}",
            )
            found.fix = """Write a list as '["a", "b"]' and a table as '{"key": 1}'."""
            return found
    return SettingsError(f"The environment cannot be read: {error}.", where="environment", fix="Correct it.")


def as_decimal(value: float | int | str) -> Decimal:
    """An amount from a settings file as an exact decimal."""
    return Decimal(str(value))


def expand_variables(text: str) -> str:
    """A value of `retinue.toml` with `${NAME}` replaced from the environment.

    Raises SettingsError when the variable is not set; it does not show the rest, which may be a secret.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise SettingsError(
                f"The variable ${{{name}}} is not set.",
                where=SETTINGS_FILE,
                fix=f"Set it first, e.g. export {name}=…, or write the value itself where it is no secret.",
            )
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", value, text)
