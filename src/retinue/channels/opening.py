"""The channels that `retinue.toml` describes, made ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue import plugins
from retinue.channels.base import Channel
from retinue.errors import SettingsError
from retinue.settings import SETTINGS_FILE, Settings, expand_variables

__all__ = ["open_channel", "open_channels"]


def open_channel(settings: Settings, name: str) -> Channel:
    """The channel of `[channels.NAME]`, its `${VARIABLES}` filled in from the environment.

    Raises SettingsError when there is no such section or a key is wrong, PluginError when there is no such
    kind.
    """
    if name not in settings.channels:
        kinds = ", ".join(plugins.known("retinue.channels"))
        raise SettingsError(
            f"There is no channel '{name}'.",
            where=str(settings.root / SETTINGS_FILE),
            fix=f"Add a section [channels.{name}] with kind = one of {kinds}.",
        )
    raw = _filled(settings.channels[name])
    kind = raw.pop("kind", name)
    made: Channel = plugins.load("retinue.channels", str(kind)).from_settings(name, raw, settings.root)
    return made


def open_channels(settings: Settings) -> dict[str, Channel]:
    """Every configured channel by its name."""
    return {name: open_channel(settings, name) for name in settings.channels}


def _filled(value: Any) -> Any:
    if isinstance(value, str):
        return expand_variables(value)
    if isinstance(value, Mapping):
        return {key: _filled(inner) for key, inner in value.items()}
    return [_filled(inner) for inner in value] if isinstance(value, list | tuple) else value
