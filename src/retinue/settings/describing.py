"""Every setting as it counts, beside its default and where it was set; of a secret, whether it is set.

>>> from retinue.settings import Settings
>>> found = {f"{one.section}.{one.key}": one for one in described(Settings(api={"token": "x" * 16}))}
>>> found["churn.horizon_days"].value, found["api.token"].value, found["api.token"].is_set
(90, None, True)
>>> found["alerts.drift.fire"].value, found["alerts.drift.for_minutes"].default
(0.25, 0)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from retinue.settings.alerts import DEFAULT_LIMITS
from retinue.settings.complaints import PREFIX
from retinue.settings.positions import key_lines
from retinue.settings.sections import SETTINGS_FILE, Settings

__all__ = ["Described", "described"]

_OF_PLUGINS = ("sources", "channels")
_PASSWORD = re.compile(r"(://[^/@\s:]*):[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Described:
    """One setting.

    key: within its section, with dots for what lies deeper. value, default: JSON-ready; null for a secret.
    is_set: whether it has a value other than none. set_by: the file is `retinue.toml`, as it is now. line:
    of that file.
    """

    section: str
    key: str
    value: Any
    default: Any
    description: str
    secret: bool
    is_set: bool
    set_by: Literal["default", "file", "environment", "command"]
    line: int | None


def described(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Described]:
    """Every setting, section by section. Of plugins' sections only which keys they have.

    environment: variables by name; None for those of this process.
    """
    places = _Places(settings, os.environ if environment is None else environment)
    found = list[Described]()
    for section, field in Settings.model_fields.items():
        value = getattr(settings, section)
        if section in _OF_PLUGINS:
            for name, keys in value.items():
                found.append(places.row(section, name, field, sorted(keys), []))
        elif isinstance(value, BaseModel):
            found += _within(places, section, (), type(value), value)
    return found


def _within(
    places: _Places, section: str, path: tuple[str, ...], model: type[BaseModel], held: BaseModel
) -> Iterator[Described]:
    for name, field in model.model_fields.items():
        value, inner = getattr(held, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from _within(places, section, inner, type(value), value)
        else:
            default = field.get_default(call_default_factory=True)
            told = None if default is PydanticUndefined else default
            told = _limit(section, inner) if told is None else told
            yield places.row(section, ".".join(inner), field, told if value is None else value, told)


def _limit(section: str, path: tuple[str, ...]) -> float | None:
    """The limit of an alert that counts where the settings state none."""
    if section != "alerts" or len(path) != 2:
        return None
    alert, name = path
    return getattr(DEFAULT_LIMITS[alert], {"for_minutes": "minutes"}.get(name, name), None)


class _Places:
    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._variables = {name.upper() for name in environment}
        try:
            text = (settings.root / SETTINGS_FILE).read_bytes().decode("utf-8-sig")
            self._lines = key_lines(text)
        except (OSError, UnicodeDecodeError, IndexError, ValueError):  # gone or broken since the start
            self._lines = {}

    def row(self, section: str, key: str, field: FieldInfo, value: Any, default: Any) -> Described:
        """One setting and where it was set."""
        path, secret = (section, *key.split(".")), not field.repr
        by, line = self._place(path, value != default)
        return Described(
            section,
            key,
            None if secret else _shown(value),
            None if secret else _shown(default),
            field.description or "",
            secret,
            value is not None and value != "",
            by,
            line,
        )

    def _place(
        self, path: tuple[str, ...], differs: bool
    ) -> tuple[Literal["default", "file", "environment", "command"], int | None]:
        for depth in range(len(path), 0, -1):
            if PREFIX + "__".join(path[:depth]).upper() in self._variables and (
                depth == len(path) or differs
            ):
                return "environment", None
        line = next((at for key, at in self._lines.items() if key[: len(path)] == path), None)
        if line is not None:
            return "file", line
        return ("command", None) if differs else ("default", None)


def _shown(value: Any) -> Any:
    """JSON-ready, the passwords in addresses taken out."""
    if isinstance(value, str):
        return _PASSWORD.sub(r"\1:…@", value)
    if isinstance(value, Mapping):
        return {str(name): _shown(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(inner) for inner in value]
    if isinstance(value, BaseModel):
        return _shown(value.model_dump())
    return to_jsonable_python(value)
