"""The first look at a document of rules: is it the graph it should be, with tables of known columns?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from retinue.decisions.tables.document import OUTPUTS
from retinue.decisions.tables.facts import FACTS
from retinue.decisions.tables.mistakes import Mistake, nearest, until_enough

__all__ = ["shape_of"]

_KINDS = ("inputNode", "decisionTableNode", "outputNode")
_OF_A_ROW = ("_id", "_description")
_SETTLED: Mapping[str, tuple[Any, ...]] = {
    "hitPolicy": ("first",),
    "passThrough": (False, None),
    "passThorough": (False, None),
    "inputField": (None, ""),
    "outputPath": (None, ""),
    "executionMode": ("single", None),
}
"""Settings of a table that have one meaning here. (One of the names is a slip of the format's editor.)"""


def shape_of(content: Any) -> list[Mistake]:
    """What is wrong with the graph and with the columns of its tables; empty when cells can be looked at."""
    if not isinstance(content, Mapping):
        return [_error("document", "this is no graph of rules", "start from: retinue rules init")]
    nodes, edges = _mappings(content.get("nodes")), _mappings(content.get("edges"))
    if nodes is None or edges is None:
        return [_error("document", "it has no lists 'nodes' and 'edges'", "start from: retinue rules init")]
    tables = [node for node in nodes if node.get("type") == "decisionTableNode"]
    of_tables = (
        _table(str(node.get("name") or node.get("id") or "a table"), node.get("content")) for node in tables
    )
    found = list(until_enough(chain(_nodes(nodes), _edges(nodes, edges), *of_tables)))
    return found or list(_together(tables))


def _nodes(nodes: list[Mapping[str, Any]]) -> Iterator[Mistake]:
    for node in nodes:
        name, kind = str(node.get("name") or node.get("id")), node.get("type")
        if kind not in _KINDS:
            yield _error(
                f"node {name}",
                f"a node of the kind '{kind}' is not used here: rules must be readable and repeatable",
                "use decision tables only; a condition may be an expression",
            )
        if not isinstance(node.get("id"), str):
            yield _error(f"node {name}", "it has no id", "give it one")
    for kind, words in (("inputNode", "input"), ("outputNode", "output")):
        count = sum(node.get("type") == kind for node in nodes)
        if count != 1:
            yield _error("document", f"there must be one {words} node, not {count}", f"keep one {words} node")
    if not any(node.get("type") == "decisionTableNode" for node in nodes):
        yield _error("document", "there is no decision table", "start from: retinue rules init")


def _edges(nodes: list[Mapping[str, Any]], edges: list[Mapping[str, Any]]) -> Iterator[Mistake]:
    # names that are no text are told by _nodes; here they must only do no harm
    kinds = {str(node.get("id")): node.get("type") for node in nodes}
    pairs = {(str(edge.get("sourceId")), str(edge.get("targetId"))) for edge in edges}
    for source, target in sorted(pairs):
        if source not in kinds or target not in kinds:
            yield _error(
                "document", f"an edge leads from '{source}' to '{target}', which is not there", "remove it"
            )
        elif kinds[source] == kinds[target] == "decisionTableNode":
            yield _error(
                "document",
                f"the table '{target}' reads what the table '{source}' gives",
                "let every table read the input alone",
            )
    begins = {target for source, target in pairs if kinds.get(source) == "inputNode"}
    ends = {source for source, target in pairs if kinds.get(target) == "outputNode"}
    for node in nodes:
        if node.get("type") == "decisionTableNode" and str(node.get("id")) not in begins & ends:
            yield _error(
                f"table {node.get('name') or node.get('id')}",
                "it is not connected",
                "draw an edge from the input to it and one from it to the output",
            )


def _table(name: str, body: Any) -> Iterator[Mistake]:
    where = f"table {name}"
    if not isinstance(body, Mapping) or any(
        _mappings(body.get(part)) is None for part in ("inputs", "outputs", "rules")
    ):
        yield _error(
            where, "it has no lists 'inputs', 'outputs' and 'rules'", "start from: retinue rules init"
        )
        return
    for key, allowed in _SETTLED.items():
        if body.get(key, allowed[-1]) not in allowed:
            yield _error(
                where, f"'{key}' is {body[key]!r}, which has no meaning here", f"set it to {allowed[0]!r}"
            )
    ids = [column.get("id") for column in (*body["inputs"], *body["outputs"])]
    for repeated in sorted({str(i) for i in ids if ids.count(i) > 1}):
        yield _error(where, f"two columns have the id '{repeated}'", "give each its own")
    if not all(isinstance(i, str) and i for i in ids):
        yield _error(where, "a column has no id", "give each its own")
    for column in body["inputs"]:
        yield from _column(where, column, FACTS, "fact")
    for column in body["outputs"]:
        yield from _column(where, column, OUTPUTS, "output")
    if not body["rules"]:
        yield _error(where, "it has no rows", "add one")
    for place, row in enumerate(body["rules"], 1):
        for key in sorted(set(row) - {*ids, *_OF_A_ROW}):
            yield _error(f"{name}, row {place}", f"there is no column '{key}'", nearest(key, map(str, ids)))
        for key in sorted(set(row) & set(map(str, ids))):
            if not isinstance(row[key], str | None):
                yield _error(
                    f"{name}, row {place}, column {key}",
                    f"{row[key]!r} is no text: a cell holds a condition or a value as text",
                    f'write "{row[key]}"',
                )


def _column(where: str, column: Mapping[str, Any], known: Mapping[str, Any], what: str) -> Iterator[Mistake]:
    field = column.get("field")
    if not isinstance(field, str) or not field:
        name = column.get("name") or column.get("id")
        yield _error(where, f"the column '{name}' names no {what}", nearest(str(name), known))
    elif field not in known:
        yield _error(where, f"there is no {what} '{field}'", nearest(field, known))


def _together(tables: list[Mapping[str, Any]]) -> Iterator[Mistake]:
    gives = [[column["field"] for column in node["content"]["outputs"]] for node in tables]
    fields = [field for outputs in gives for field in outputs]
    for field in sorted({f for f in fields if fields.count(f) > 1}):
        yield _error("document", f"'{field}' is given twice", "let one column of one table give it")
    routing = [outputs for outputs in gives if "route" in outputs]
    if not routing:
        yield _error("document", "no table gives the route", "add an output column with the field 'route'")
    elif "rule" not in routing[0]:
        yield _error(
            "document",
            "the table that gives the route does not name its rules",
            "add an output column with the field 'rule'",
        )


def _mappings(value: Any) -> list[Mapping[str, Any]] | None:
    """The value, if it is a list of objects."""
    found = isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
    return value if found else None


def _error(where: str, what: str, fix: str) -> Mistake:
    return Mistake("error", where, what, fix)
