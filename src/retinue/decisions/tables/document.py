"""A document of rules: a graph of GoRules' JSON Decision Model, read as the tables in it.

Used of the format: one input node, one or more decision tables with the hit policy `first`, one output node,
and the edges between them; so the document opens in the editors there are for it, and other engines read it.
The words of a row are its description (`_description`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from retinue.decisions.canonical import sha256_of
from retinue.decisions.rules import Ruling
from retinue.decisions.tables.cells import identifiers
from retinue.decisions.tables.facts import FACTS
from retinue.domain import ActionType, Urgency
from retinue.errors import RulesError

__all__ = ["BUILT_IN", "NO_RULE", "OUTPUTS", "Row", "RuleSet", "Table", "literal"]

BUILT_IN = 0
"""The number of the rules that everybody has who wrote none."""

OUTPUTS: Mapping[str, str] = {
    "route": '"auto_execute", "manual_review", "monitor" or "no_action"',
    "rule": "the rule's name: small letters, digits and _",
    "suppress": "true: no offer, whatever the route says",
    "urgency": '"HIGH", "MEDIUM" or "LOW"; empty: by the thresholds of [decisions]',
    "priority_factor": "what a priority above 0 is multiplied with, 0 to 100; empty: 1",
}
"""What a table may say of a customer, and how."""

NO_RULE = -1
"""The place of the row where no row holds."""


@dataclass(frozen=True, slots=True)
class Row:
    """place: number of the row, from 1. cells: column id to condition. gives: output to value."""

    place: int
    words: str
    cells: Mapping[str, str]
    gives: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One decision table. inputs: column id to fact. headings: column id to heading. outputs: their names."""

    id: str
    name: str
    inputs: Mapping[str, str]
    headings: Mapping[str, str]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]

    def asks(self, row: Row) -> set[str]:
        """The facts that a row looks at."""
        found: set[str] = set()
        for column, cell in row.cells.items():
            if cell.strip():
                found |= {self.inputs[column], *identifiers(cell)[0]}
        return found & set(FACTS)

    def asks_offer(self, row: Row) -> bool:
        """Whether a row looks at the offer; without one, such a row does not hold."""
        return any(FACTS[name].of == "offer" for name in self.asks(row))


@dataclass(frozen=True)
class RuleSet:
    """The rules of a run. content: the document. number: its version, BUILT_IN for none of one's own."""

    content: Mapping[str, Any]
    number: int = BUILT_IN

    @cached_property
    def sha256(self) -> str:
        """Hash of the document."""
        return sha256_of(self.content)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a receipt; `from_dict` is its inverse."""
        return {"number": self.number, "content": self.content}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> RuleSet:
        """The rules that `as_dict` described."""
        return cls(body["content"], body["number"])

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables, that of the routes first. Raises RulesError where this is no document of rules."""
        try:
            nodes = [node for node in self.content["nodes"] if node["type"] == "decisionTableNode"]
            found = [_table(node) for node in nodes]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise RulesError(
                f"These are not rules that can be used: {type(error).__name__}: {error}.",
                where="rules",
                fix="See what is wrong: retinue rules check",
            ) from error
        routing = [table for table in found if "route" in table.outputs]
        if len(routing) != 1:
            raise RulesError(
                "There must be one table that gives the route.",
                where="rules",
                fix="See what is wrong: retinue rules check",
            )
        return (*routing, *(table for table in found if table is not routing[0]))

    @cached_property
    def facts(self) -> frozenset[str]:
        """Every fact that some row looks at."""
        return frozenset(name for table in self.tables for row in table.rows for name in table.asks(row))

    @property
    def words(self) -> Mapping[str, str]:
        """Name of a rule to its words."""
        return {row.gives["rule"]: row.words or row.gives["rule"] for row in self.tables[0].rows}

    @cached_property
    def rulings(self) -> dict[tuple[int, ...], Ruling]:
        """Rulings met so far, by the rows of the tables that hold."""
        return {}

    def ruling(self, places: tuple[int, ...]) -> Ruling:
        """What the rules say where these rows hold, one of each table, counted from 1."""
        found = self.rulings.get(places)
        if found is None:
            gives: dict[str, Any] = {}
            for table, place in zip(self.tables, places, strict=True):
                said = table.rows[place - 1].gives
                gives |= {name: value for name, value in said.items() if value is not None}
            urgency, factor = gives.get("urgency"), gives.get("priority_factor")
            found = self.rulings[places] = Ruling(
                gives["rule"],
                ActionType.NO_ACTION if gives.get("suppress") is True else ActionType(gives["route"]),
                None if urgency is None else Urgency(urgency),
                1.0 if factor is None else float(factor),
            )
        return found

    @property
    def title(self) -> str:
        """The rules as one says it.

        >>> RuleSet({}, 3).title, RuleSet({}).title
        ('version 3 of the rules', 'the built-in rules')
        """
        return f"version {self.number} of the rules" if self.number else "the built-in rules"


def literal(cell: str) -> Any:
    """The value of an output cell; None for an empty one. Raises ValueError for what is no plain value.

    >>> literal('"monitor"'), literal("1.5"), literal("true"), literal(" ")
    ('monitor', 1.5, True, None)
    """
    text = cell.strip()
    if not text or text == "null":
        return None
    if text in ("true", "false"):
        return text == "true"
    if text[0] in "\"'" and len(text) > 1 and text[-1] == text[0] and text[0] not in text[1:-1]:
        return text[1:-1]
    if not set(text) <= set("0123456789.-"):
        raise ValueError(f"{text} is no plain value")
    return float(text)


def _table(node: Mapping[str, Any]) -> Table:
    body = node["content"]
    inputs = {column["id"]: column["field"] for column in body["inputs"]}
    outputs = {column["id"]: column["field"] for column in body["outputs"]}
    rows = tuple(
        Row(
            place,
            str(row.get("_description") or ""),
            {key: str(row.get(key) or "") for key in inputs},
            {name: literal(str(row.get(key) or "")) for key, name in outputs.items()},
        )
        for place, row in enumerate(body["rules"], 1)
    )
    return Table(
        str(node["id"]),
        str(node.get("name") or "rules"),
        inputs,
        {column["id"]: str(column.get("name") or column["field"]) for column in body["inputs"]},
        tuple(outputs.values()),
        rows,
    )
