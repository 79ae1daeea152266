"""Writes the reference pages from the declarations in the code: `make docs`.

A test compares the written pages with what this would write, so they cannot fall behind.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from retinue import errors, features
from retinue.settings import Settings
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
    found["features.md"] = features.reference()
    return found


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
    names = {str: "text", int: "whole number", float: "number", Path: "path", bool: "true or false"}
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
