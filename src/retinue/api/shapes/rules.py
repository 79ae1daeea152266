"""Rules of the business: versions, documents, what is wrong with them, and what they would do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from retinue.api.shapes.common import Closed, Moment
from retinue.decisions.canonical import canonical

__all__ = [
    "Compared",
    "Document",
    "ExampleTried",
    "KeepRequest",
    "RuleExample",
    "RuleExamples",
    "RuleFact",
    "RuleFacts",
    "RuleMistake",
    "RuleOutput",
    "RuleVersion",
    "RuleVersions",
    "Rules",
    "RulesChecked",
    "RulesToCheck",
    "Trial",
    "TryRequest",
]

MOST_ROWS = 300
"""Rows of all tables of a document that is sent: pairs of rows are looked at for what they share."""

MOST_WRITTEN = 30_000
"""Characters of all their cells: each value that a condition compares with is tried on every row."""

MOST_COLUMNS = 64
"""Columns of a table, of each kind, and cells of a row; a document has no more nodes or edges than rows."""


def _document(given: dict[str, Any]) -> dict[str, Any]:
    try:
        canonical(given)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ValueError("holds a number or a text that cannot be written as JSON") from None
    rows = [row for body in _tables(given) for row in _list(body, "rules")]
    cells = [row for row in rows if isinstance(row, dict)]
    counts = {
        "nodes": (len(_list(given, "nodes")), MOST_ROWS),
        "edges": (len(_list(given, "edges")), MOST_ROWS),
        "rows": (len(rows), MOST_ROWS),
        "columns of a table": (
            max(
                (len(_list(body, kind)) for body in _tables(given) for kind in ("inputs", "outputs")),
                default=0,
            ),
            MOST_COLUMNS,
        ),
        "cells in a row": (max(map(len, cells), default=0), MOST_COLUMNS),
        "characters in its cells": (
            sum(len(str(cell)) for row in cells for name, cell in row.items() if not name.startswith("_")),
            MOST_WRITTEN,
        ),
    }
    for what, (many, most) in counts.items():
        if many > most:
            raise ValueError(f"has {many:,} {what}; more than {most:,} go by the command")
    return given


def _tables(given: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = [node.get("content") for node in _list(given, "nodes") if isinstance(node, dict)]
    return [body for body in bodies if isinstance(body, dict)]


def _list(given: dict[str, Any], name: str) -> list[Any]:
    found = given.get(name)
    return found if isinstance(found, list) else []


Document = Annotated[
    dict[str, Any],
    AfterValidator(_document),
    Field(description="rules in GoRules' JSON Decision Model"),
]


class RuleVersion(BaseModel):
    """One kept version of the rules."""

    number: int
    state: str
    in_force: bool
    since: str
    who: str
    reason: str
    sha256: str
    recorded_at: datetime


class RuleVersions(BaseModel):
    """Every kept version, newest first; none: the built-in rules decide."""

    versions: list[RuleVersion]


class Rules(BaseModel):
    """Rules as a document in GoRules' JSON Decision Model. The ETag is their hash."""

    title: str
    number: int = Field(description="0 for the built-in ones")
    sha256: str
    document: dict[str, Any]


class RuleFact(BaseModel):
    """A fact that a condition may ask about."""

    name: str
    kind: Literal["number", "text", "yes_no"]
    of: Literal["customer", "offer"]
    words: str
    least: float | None
    most: float | None
    always_known: bool
    values: list[str] | None = Field(description="the only values there are; null where any may be")


class RuleOutput(BaseModel):
    """What a row may give."""

    name: str
    words: str
    values: list[str] | None = Field(description="the only values there are; null where any may be")


class RuleFacts(BaseModel):
    """What conditions may ask about, and what rows may give."""

    facts: list[RuleFact]
    outputs: list[RuleOutput]


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    """Not half a character, which cannot be answered again."""
    if any(isinstance(one, str) and any("\ud800" <= c <= "\udfff" for c in one) for one in given.values()):
        raise ValueError("holds a text that cannot be written as JSON")
    return given


Facts = Annotated[dict[str, bool | float | str | None], AfterValidator(_texts)]


class RuleExample(Closed):
    """Given these facts (others are unknown), this must come out."""

    name: str = Field("", max_length=200)
    given: Facts = Field(max_length=40)
    expect: Facts = Field(max_length=10)


class RuleExamples(BaseModel):
    """The examples that belong to rules."""

    examples: list[RuleExample]


class Compared(BaseModel):
    """What the second rules say otherwise than the first, in words; empty: they say the same."""

    old: str
    new: str
    differences: list[str]


class RulesToCheck(Closed):
    """Rules to look at, and examples to put to them."""

    document: Document
    examples: list[RuleExample] | None = Field(None, max_length=500)


class RuleMistake(BaseModel):
    """An error forbids to put the rules in force; a note only says what one should know."""

    level: Literal["error", "note"]
    where: str = Field(description="table, row from 1, column: `Routing, row 2, column Cost of the offer`")
    what: str
    fix: str


class ExampleTried(BaseModel):
    """What came of an example."""

    name: str
    rule: str
    holds: bool
    wrong: dict[str, list[Any]] = Field(description="what is other than expected: [expected, got]")


class RulesChecked(BaseModel):
    """Everything that is wrong with rules. Examples and differences are there where there is no error."""

    sound: bool
    sha256: str
    mistakes: list[RuleMistake]
    examples: list[ExampleTried]
    differences: list[str] | None = Field(description="to the rules in force; null where they cannot decide")


class TryRequest(Closed):
    """Which rules to try: a version's number, built-in, or a document; on the newest run up to a time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rules": "built-in"}]})

    rules: str | None = Field(None, pattern=r"^(built-in|[0-9]{1,9})$")
    document: Document | None = None
    as_of: Moment | None = Field(None, description="the newest run up to then; without it the newest")
    top: int = Field(5, ge=0, le=200, description="how many of the moved customers are shown")

    @model_validator(mode="after")
    def _one(self) -> TryRequest:
        if (self.rules is None) == (self.document is None):
            raise ValueError("send either rules or a document")
        return self


class Side(BaseModel):
    """What the rules of one side decide; money in the project's currency."""

    model_config = ConfigDict(extra="allow")

    decided: int
    offered: int
    by_route: dict[str, int]
    by_rule: dict[str, int]
    by_incentive: dict[str, int]
    planned_cost: float
    expected_net: float


class Move(BaseModel):
    """Customers who would go another way, or get another offer on the same way."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(alias="from")
    to: str
    customers: int
    cost: float
    expected_net: float


class Mover(BaseModel):
    """One customer who would go another way."""

    customer_id: str
    churn_probability: float
    clv: float
    was_route: str
    was_rule: str
    was_incentive: str
    new_route: str
    new_rule: str
    new_incentive: str
    cost: float
    expected_net: float
    why: str


class Trial(BaseModel):
    """A run by other rules beside those in force; nothing was written."""

    run: str
    as_of: str
    currency: str
    now: str
    differences: list[str]
    decided: int
    moved: int
    moves: list[Move]
    urgency: int = Field(description="customers who would get another urgency")
    priority: int = Field(description="customers who would get another priority")
    cost: float = Field(description="how much more it would cost")
    expected_net: float = Field(description="how much more it is expected to earn")
    was: Side
    new: Side
    customers: list[Mover]


class KeepRequest(Closed):
    """Rules to keep: a document, or a version's number or built-in to go back to."""

    rules: str | None = Field(None, pattern=r"^(built-in|[0-9]{1,9})$")
    document: Document | None = None
    examples: list[RuleExample] | None = Field(
        None, max_length=500, description="what must come out; they are kept with the version"
    )
    state: Literal["live", "draft"] = "live"
    since: Moment | None = Field(None, description="for runs as of then and later; without it today's")
    reason: str = Field(min_length=1, max_length=2_000)

    @model_validator(mode="after")
    def _one(self) -> KeepRequest:
        if (self.rules is None) == (self.document is None):
            raise ValueError("send either rules or a document")
        return self
