"""Everything that can be wrong with rules before they decide, in one list."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from retinue.decisions.tables.conditions import condition_mistakes
from retinue.decisions.tables.document import RuleSet, Table
from retinue.decisions.tables.facts import FACTS
from retinue.decisions.tables.gives import gives_mistakes
from retinue.decisions.tables.mistakes import Mistake, cell, until_enough
from retinue.decisions.tables.reach import reach_mistakes, try_values
from retinue.decisions.tables.shape import shape_of
from retinue.domain import ActionType

__all__ = ["Checked", "check_rules"]

_OFFERING = (ActionType.AUTO_EXECUTE, ActionType.MANUAL_REVIEW)


@dataclass(frozen=True, slots=True)
class Checked:
    """mistakes: errors and notes. rules: the rules, where there is no error."""

    mistakes: tuple[Mistake, ...]
    rules: RuleSet | None

    @property
    def errors(self) -> tuple[Mistake, ...]:
        """What forbids to put them in force."""
        return tuple(mistake for mistake in self.mistakes if mistake.level == "error")


def check_rules(
    text: str | bytes, *, names: Mapping[str, Collection[str]] | None = None, monitor_up_to: float = 0.0
) -> Checked:
    """Check a document of rules.

    names: fact to the values it can have, where they are known. monitor_up_to: up to this churn probability
    nobody gets an offer, whatever the rules say (`decisions.monitor_up_to`).

    >>> [mistake.where for mistake in check_rules("{").mistakes]
    ['line 1, column 2']
    """
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        place = (
            f"line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else "file"
        )
        return Checked(
            (Mistake("error", place, f"this is no JSON: {error}", "correct it in an editor"),), None
        )
    found = shape_of(content)
    if found:
        return Checked(tuple(found), None)
    bodies = {n["id"]: n for n in content["nodes"] if n["type"] == "decisionTableNode"}
    gives = (gives_mistakes(str(node.get("name") or node["id"]), node["content"]) for node in bodies.values())
    found += until_enough(chain.from_iterable(gives))
    if found:
        return Checked((*_of_cells(_conditions_only(content), names or {}), *found), None)
    rules = RuleSet(content)
    found = _of_cells(rules.tables, names or {})
    if not any(mistake.level == "error" for mistake in found):
        for table in rules.tables:
            found += reach_mistakes(table)
        found += _watched(rules.tables[0], monitor_up_to)
    failed = any(mistake.level == "error" for mistake in found)
    return Checked(tuple(found), None if failed else rules)


def _of_cells(tables: Collection[Table], names: Mapping[str, Collection[str]]) -> list[Mistake]:
    found = (
        condition_mistakes(
            cell(table, row.place, table.headings[column]), text, FACTS[table.inputs[column]], names
        )
        for table in tables
        for row in table.rows
        for column, text in row.cells.items()
    )
    return list(until_enough(chain.from_iterable(found)))


def _conditions_only(content: Mapping[str, Any]) -> tuple[Table, ...]:
    """The tables with what they give left out, so that their conditions can be looked at all the same."""
    nodes = [
        {
            **node,
            "content": {
                **node["content"],
                "outputs": [{"id": "route", "field": "route", "name": "route"}] if first else [],
                "rules": [{**row, "route": '"monitor"'} for row in node["content"]["rules"]],
            },
        }
        for first, node in _numbered(content)
    ]
    return RuleSet({"nodes": nodes}).tables


def _numbered(content: Mapping[str, Any]) -> list[tuple[bool, Mapping[str, Any]]]:
    tables = [node for node in content["nodes"] if node["type"] == "decisionTableNode"]
    return [(number == 0, node) for number, node in enumerate(tables)]


def _watched(table: Table, monitor_up_to: float) -> list[Mistake]:
    """Rows that would make an offer to customers who are only watched."""
    tried = try_values(table)
    found = []
    for row, masks in zip(table.rows, tried.masks, strict=True):
        risk = (masks or {}).get("churn_probability")
        if risk is None or not risk.any() or row.gives["route"] not in _OFFERING:
            continue
        if tried.values["churn_probability"][risk].max() <= monitor_up_to:
            what = (
                f"up to a risk of {monitor_up_to:g} (decisions.monitor_up_to) nobody gets an offer,"
                " whatever a rule says"
            )
            found.append(
                Mistake("note", f"{table.name}, row {row.place}", what, "change that setting instead")
            )
    return found
