"""Writes the typed part of the client from the description of the service.

python clients/python/generate.py           writes models.py and operations.py
python clients/python/generate.py --check   says whether they are up to date (exit code 1 when they are not)
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DESCRIPTION = HERE.parents[1] / "docs" / "reference" / "openapi.json"
TARGET = HERE / "retinue_client"
HEAD = '"""{what}, written by generate.py from the description of the service. Do not edit."""\n\n'
APART = (
    "/api/v1/unsubscribe/",
    "/api/v1/channels/",
    "/api/v1/cancel/",
    "/api/v1/openapi.json",
    "/api/v1/graphql",
)
"""Paths of customers, of channels and of GraphQL, who have other means."""

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_JSON = "application/json"
_HEADERS = {"Idempotency-Key": "idempotency_key", "If-Match": "if_match"}


def type_of(schema: dict[str, Any]) -> str:
    """A schema as a Python type.

    >>> type_of({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'list[str] | None'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    if kind == "array":
        return f"list[{type_of(schema.get('items', {}))}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {type_of(inner) if isinstance(inner, dict) and inner else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def models(found: dict[str, Any]) -> str:
    """Every form of the description as a TypedDict."""
    parts = [HEAD.format(what="The forms of bodies and answers")]
    parts.append(
        "from __future__ import annotations\n\nfrom typing import Any, Literal, NotRequired, TypedDict\n"
    )
    schemas = found["components"]["schemas"]
    parts.append(f"__all__ = {sorted(schemas)!r}\n")
    for name, schema in sorted(schemas.items()):
        needed = set(schema.get("required", ()))
        fields = {}
        for field, inner in sorted(schema.get("properties", {}).items()):
            kind = type_of(inner)
            fields[field] = kind if field in needed else f"NotRequired[{kind}]"
        if any(keyword.iskeyword(field) for field in fields):
            # a class can have no field such as `from`
            parts.append(f"{name} = TypedDict({name!r}, {fields!r})\n{_doc(schema['description'], 0)}\n\n")
            continue
        parts.append(f"class {name}(TypedDict):\n    {_doc(schema.get('description', name))}\n")
        parts.append("\n".join(f"    {field}: {kind}" for field, kind in fields.items()) + "\n\n")
    return "\n".join(parts)


def operations(found: dict[str, Any]) -> str:
    """Every operation of the description as a method."""
    body = "\n".join(_method(*one) for one in _operations(found))
    used = sorted(name for name in found["components"]["schemas"] if re.search(rf"\b{name}\b", body))
    names = "".join(f"    {name},\n" for name in used)
    return (
        HEAD.format(what="The operations")
        + "from __future__ import annotations\n\nfrom typing import Any, Literal, cast\n\n"
        + f"from retinue_client.calling import Calling\nfrom retinue_client.models import (\n{names})\n\n"
        + '__all__ = ["Operations"]\n\n\nclass Operations(Calling):\n'
        + '    """One method for each operation; each raises Refused where the service refuses."""\n\n'
        + body
    )


def _operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in sorted(found["paths"].items()):
        if path.startswith("/api/v1/") and not path.startswith(APART):
            for method, operation in sorted(item.items()):
                yield path, method, operation


def _method(path: str, method: str, operation: dict[str, Any]) -> str:
    arguments, query, headers = [], [], []
    optional = []
    for one in operation.get("parameters", ()):
        name = _HEADERS.get(one["name"], one["name"])
        name += "_" if keyword.iskeyword(name) else ""
        kind = type_of(one["schema"])
        if one["in"] == "path":
            arguments.append(f"{name}: {kind}")
        else:
            optional.append(f"{name}: {kind if kind.endswith('| None') else f'{kind} | None'} = None")
            (headers if one["in"] == "header" else query).append((one["name"], name))
    given = operation.get("requestBody", {}).get("content", {})
    call = [f'"{method.upper()}"', _filled(path)]
    if _JSON in given and len(given) == 1:
        must = operation["requestBody"].get("required", False)
        kind = type_of(given[_JSON]["schema"])
        arguments.append(f"body: {kind}" if must else f"body: {kind} | None = None")
        call.append("body=body")
    elif given:
        kinds = ", ".join(repr(kind) for kind in given)
        arguments += ["content: bytes", f"content_type: Literal[{kinds}]"]
        call += ["content=content", "content_type=content_type"]
    if query:
        call.append("query={" + ", ".join(f'"{wire}": {name}' for wire, name in query) + "}")
    if any(wire == "If-Match" for wire, _ in headers):
        call.append("if_match=if_match")
    if any(wire == "Idempotency-Key" for wire, _ in headers):
        call.append("key=idempotency_key")
    answer, verb = _answer(operation)
    signature = ", ".join(["self", *arguments, *(["*", *optional] if optional else [])])
    name = operation["operationId"]
    told = _doc(operation.get("description", name), 8)
    done = f"self.{verb}({', '.join(call)})"
    if verb == "_json":
        done = f"cast({answer!r}, {done})"
    return f"    def {name}({signature}) -> {answer}:\n        {told}\n        return {done}\n"


def _answer(operation: dict[str, Any]) -> tuple[str, str]:
    """What comes back, and by which way it is asked for: JSON as a value, all else as bytes."""
    for status, answer in sorted(operation["responses"].items()):
        content = answer.get("content", {})
        if status.startswith("2") and list(content) == [_JSON]:
            return type_of(content[_JSON]["schema"]), "_json"
    return "bytes", "_bytes"


def _filled(path: str) -> str:
    filled = re.sub(r"{(\w+)}", r"{self.quoted(\1)}", path)
    return f'"{path}"' if filled == path else f'f"{filled}"'


def _doc(text: str, indent: int = 4) -> str:
    lines = [line.rstrip() for line in text.replace("\\", "\\\\").replace('"""', "'''").strip().splitlines()]
    body = ("\n" + " " * indent).join(lines).replace("\n" + " " * indent + "\n", "\n\n")
    return f'"""{body}\n{" " * indent}"""' if len(lines) > 1 else f'"""{body}"""'


def formatted(text: str) -> str:
    """The text as ruff lays it out."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--config", "line-length = 110", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def written() -> dict[Path, str]:
    """The files as they should be."""
    found = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return {
        TARGET / "models.py": formatted(models(found)),
        TARGET / "operations.py": formatted(operations(found)),
    }


def main(check: bool) -> int:
    """Write the files, or say whether they are as they should be."""
    stale = [
        path
        for path, text in written().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not check:
        for path, text in written().items():
            path.write_text(text, encoding="utf-8")
    for path in stale:
        sys.stdout.write(f"{path.name} {'is not up to date' if check else 'written'}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
