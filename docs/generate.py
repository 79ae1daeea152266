"""Writes the reference pages from the declarations in the code: `make docs`.

A test compares the written pages with what this would write, so they cannot fall behind.
"""

from __future__ import annotations

import importlib
import json
import tempfile
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from retinue import errors, features
from retinue.monitoring.alerts import ALERTS
from retinue.monitoring.alerts.words import figure
from retinue.settings import Settings
from retinue.settings.alerts import DEFAULT_LIMITS
from retinue.telemetry.metrics import METRICS
from retinue.warehouse.tables import BOOKKEEPING, SYSTEM_TABLES, TABLES, Column, Table

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py (make docs); edit the declarations in the code instead. -->"

KINDS = {
    "id": "identifying text",
    "text": "text",
    "category": "text from a short list",
    "money": "exact decimal with four places",
    "number": "number",
    "probability": "number from 0 to 1",
    "boolean": "true or false",
    "timestamp": "time in UTC",
    "json": "JSON as text",
}


def pages() -> dict[str, str]:
    """File name → content of every generated page."""
    found = {"tables.md": tables_page(), "settings.md": settings_page(), "errors.md": errors_page()}
    found["commands.md"] = commands_page()
    found["channels.md"] = channels_page()
    found["metrics.md"] = metrics_page()
    found["features.md"] = features.reference()
    found["openapi.json"] = openapi()
    found["schema.graphql"] = graphql()
    return found


def openapi() -> str:
    """The description of the service, as `/api/v1/openapi.json` gives it, without its version."""
    from retinue.api.main import create_app

    with tempfile.TemporaryDirectory() as folder:
        found = create_app(Settings(root=Path(folder))).openapi()
    found["info"].pop("version", None)  # it changes with every commit
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def graphql() -> str:
    """What may be asked at `/api/v1/graphql`, in the language of GraphQL."""
    from retinue.api.graphql.schema import schema

    return schema().as_str().strip() + "\n"


def tables_page() -> str:
    """Every table and column of the warehouse."""
    lines = [
        NOTE,
        "# The tables",
        "",
        "A folder of files named as these tables, with these columns, needs no mapping:",
        "`retinue run --data FOLDER`. A business may have only some of the tables and some of the columns.",
        "",
        "* **Required**: a row without it is set aside (quarantined).",
        "* **Personal**: replaced by a token on the way in; the value itself is never stored.",
        "* **Known from**: a later moment of the same row. As of a time before the named column's, it reads"
        " as missing.",
        "* A row *happened* at the time in the column named so. A read as of a time sees what happened and",
        "  was recorded at or before it.",
        "",
        "| kind | holds |",
        "| --- | --- |",
        *(f"| {kind} | {words} |" for kind, words in KINDS.items()),
        "",
        "## The business's tables",
        "",
        "Each of them has these columns beside its own:",
        "",
        *_columns(BOOKKEEPING),
    ]
    for declared in TABLES:
        lines += _table(declared)
    lines += ["", "## Retinue's own bookkeeping", "", "Written by Retinue, in the same warehouse."]
    for declared in SYSTEM_TABLES:
        lines += _table(declared)
    return "\n".join(lines) + "\n"


def _table(declared: Table) -> Iterator[str]:
    yield from ("", f"### {declared.name}", "", declared.description, "")
    happened = f", happened at `{declared.happened}`" if declared.happened else ""
    yield from (f"Key `{declared.key}`{happened}.", "")
    yield from _columns(declared.columns)


def _columns(columns: tuple[Column, ...]) -> Iterator[str]:
    yield "| column | kind | required | personal | known from | meaning |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in columns:
        meaning = column.description + _bounds(column)
        known = f"`{column.known_from}`" if column.known_from else ""
        yield (
            f"| `{column.name}` | {column.kind} | {_yes(column.required)} | {_yes(column.personal)} "
            f"| {known} | {_cell(meaning)} |"
        )


def _bounds(column: Column) -> str:
    if column.allowed:
        return ": " + ", ".join(f"`{value}`" for value in column.allowed)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"; from {low:g} to {high:g}"
    return f"; at least {low:g}" if low is not None else ""


def settings_page() -> str:
    """Every setting with its type, default and meaning."""
    lines = [
        NOTE,
        "# The settings",
        "",
        "In `retinue.toml` of the workspace, or in the environment as `RETINUE_SECTION__KEY` (two",
        "underscores; lists and tables as JSON). An argument of a command wins over the environment, the",
        "environment over the file. An unknown or ill-typed key is an error that names file, line and the",
        "nearest valid key.",
    ]
    top: list[tuple[str, FieldInfo]] = []
    for name, field in Settings.model_fields.items():
        section = _section(field)
        if section is None:
            if name != "root":
                top.append((name, field))
            continue
        optional = " (optional)" if field.default is None else ""
        lines += ["", f"## [{name}]{optional}", "", (section.__doc__ or "").strip(), ""]
        if field.description:
            lines += [f"{field.description[0].upper()}{field.description[1:]}.", ""]
        fields = list(section.model_fields.items())
        lines += _settings([(key, inner) for key, inner in fields if _section(inner) is None])
        for key, inner in fields:
            below = _section(inner)
            if below is not None:
                lines += ["", f"### [{name}.{key}]", "", (below.__doc__ or "").strip(), ""]
                lines += _settings(list(below.model_fields.items()))
    lines += ["", "## Without a section", "", *_settings(top)]
    return "\n".join(lines) + "\n"


def _settings(fields: list[tuple[str, FieldInfo]]) -> Iterator[str]:
    yield "| key | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in fields:
        cells = (f"`{name}`", _type(field), _default(field), field.description or "")
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kinds = get_args(field.annotation) or (field.annotation,)
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _type(field: FieldInfo) -> str:
    limits = []
    for rule in field.metadata:
        for sign, name in (("≥", "ge"), (">", "gt"), ("≤", "le"), ("<", "lt")):
            bound = getattr(rule, name, None)
            if bound is not None:
                limits.append(f"{sign} {bound:,}".replace(",", " "))
    return " ".join([_words(field.annotation), ", ".join(limits)]).strip()


def _words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_words(a) for a in arguments if a is not type(None))
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin is tuple:
        return "list of " + _words(arguments[0])
    if origin is dict:
        return "table" if arguments[1] is Any else f"table of {_words(arguments[1])}"
    names = {
        SecretStr: "secret text",
        str: "text",
        int: "whole number",
        float: "number",
        Path: "path",
        bool: "true or false",
    }
    return names.get(annotation, "value")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    return "–" if value is None or value in ({}, ()) else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def channels_page() -> str:
    """Every kind of channel with the keys of its section."""
    lines = [
        NOTE,
        "# The channels",
        "",
        "A section `[channels.NAME]` describes one way out; `kind` says which of these it is, and may be",
        "left out where NAME is the kind. Texts may hold `${VARIABLES}` of the environment: take secrets",
        "from there.",
        "What each kind promises is in [concepts](../concepts/channels.md); a package may bring more kinds.",
    ]
    for kind, section in channel_sections().items():
        lines += ["", f'## kind = "{kind}"', "", (section.__doc__ or "").strip(), ""]
        # What is its own comes first, then the keys that every channel over HTTP has.
        own = section.__annotations__
        lines += _settings(sorted(section.model_fields.items(), key=lambda pair: pair[0] not in own))
    return "\n".join(lines) + "\n"


def channel_sections() -> dict[str, type[BaseModel]]:
    """Kind → the settings of its section, for the kinds that our own `pyproject.toml` registers."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, type[BaseModel]] = {}
    for kind, place in sorted(project["project"]["entry-points"]["retinue.channels"].items()):
        module = importlib.import_module(place.partition(":")[0])
        sections = [
            value
            for name, value in vars(module).items()
            if name.endswith("Settings") and getattr(value, "__module__", "") == module.__name__
        ]
        if len(sections) != 1:
            raise TypeError(f"{module.__name__} has {len(sections)} classes of settings, not one")
        found[kind] = sections[0]
    return found


def metrics_page() -> str:
    """Every metric with its kind, its labels and its meaning; every alert with its limits."""
    lines = [
        NOTE,
        "# The metrics and the alerts",
        "",
        "`GET /metrics` of the service, and of a worker with `--metrics-port`. Those of the *process* are",
        "counted by each process for itself, so that sums over processes are right. Those of the *store* are",
        "the same whoever is asked: take the `max` over processes. A figure that nobody knows is absent.",
        "",
        "| metric | kind | labels | from | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for metric in METRICS.values():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(
            f"| `{metric.name}` | {metric.kind} | {labels} | {metric.source} | {_cell(metric.words)} |"
        )
    lines += ["", "## Alerts", ""]
    lines += ["Limits are those of `[alerts]` where it states none; `page` is for what cannot wait.", ""]
    lines += [
        "| alert | fires | clears | for | severity | meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for alert in ALERTS.values():
        limits = DEFAULT_LIMITS[alert.name]
        worse, better = ("≥", "≤") if limits.high_is_bad else ("≤", "≥")
        cells = (
            f"`{alert.name}`",
            f"{worse} {figure(alert.unit, limits.fire)}",
            f"{better} {figure(alert.unit, limits.clear)}",
            f"{limits.minutes:g} min",
            alert.severity,
            alert.words.format(value="…"),
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Every error code with what it stands for."""
    lines = [
        NOTE,
        "# The errors",
        "",
        "Every error says what went wrong, where, and how to mend it. Its code never changes.",
        "",
        "| code | error | stands for | exit code |",
        "| --- | --- | --- | --- |",
    ]
    kinds = sorted((getattr(errors, name) for name in errors.__all__), key=lambda kind: kind.code)
    for kind in kinds:
        first = (kind.__doc__ or "").strip().splitlines()[0]
        meaning = "any error that Retinue raises on purpose" if kind is errors.RetinueError else first
        lines.append(f"| `{kind.code}` | `{kind.__name__}` | {_cell(meaning)} | {kind.exit_code} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its options and an example."""
    from typer.main import get_command

    from retinue.cli.app import build_app

    lines = [
        NOTE,
        "# Commands",
        "",
        "Every command prints this with `--help`. Data go to stdout, messages to stderr.",
    ]
    lines += ["Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."]
    for name, command in get_command(build_app()).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        pairs = [(name, command)] if inner is None else [(f"{name} {n}", c) for n, c in inner.items()]
        for full, one in pairs:
            lines += [
                "",
                f"## retinue {full}",
                "",
                one.help or "",
                "",
                f"    {(one.epilog or '').removeprefix('Example: ')}",
            ]
            lines += ["", "| option | meaning | default |", "| --- | --- | --- |"]
            lines += [_option(parameter) for parameter in one.params if parameter.name != "help"]
    return "\n".join(lines) + "\n"


def _option(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        needed = "required" if parameter.required else f"`{parameter.default}`" if parameter.default else ""
        return (
            f"| {(parameter.metavar or parameter.name).upper()} | {_cell(parameter.help or '')} | {needed} |"
        )
    default = "" if parameter.default in (None, False) else f"`{parameter.default}`"
    return f"| {', '.join(f'`{o}`' for o in parameter.opts)} | {_cell(parameter.help or '')} | {default} |"


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
