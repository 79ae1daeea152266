"""What is asked of the engine (zen): conditions that are not compiled, and whole tables, to test the others.

Numbers are handed over as text of their shortest decimals, so that the engine compares exactly; it counts in
decimals of 28 places, and what is larger than it can hold is taken as the largest it can.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from retinue.decisions.tables.cells import identifiers
from retinue.decisions.tables.document import NO_RULE, Row, Table
from retinue.decisions.tables.facts import FACTS

__all__ = ["Asked", "AskedCell", "context"]

_PLACE = "_place"
_MOST = 1e28


class Asked:
    """A table with some of its rows, ready to be asked. Raises RulesError where the engine refuses it."""

    def __init__(self, table: Table, rows: Sequence[Row]) -> None:
        import zen

        self.facts = sorted({name for row in rows for name in table.asks(row)})
        # No output of the table is evaluated: they are plain values, known already.
        columns = {column: {"id": column, "name": column, "field": f} for column, f in table.inputs.items()}
        content = {
            "nodes": [
                {"id": "in", "type": "inputNode", "name": "in", "content": {"schema": ""}},
                {
                    "id": "table",
                    "type": "decisionTableNode",
                    "name": table.name,
                    "content": {
                        "hitPolicy": "first",
                        "inputs": list(columns.values()),
                        "outputs": [{"id": _PLACE, "name": _PLACE, "field": _PLACE}],
                        "rules": [
                            {"_id": str(row.place), **row.cells, _PLACE: str(row.place)} for row in rows
                        ],
                        "passThrough": False,
                        "inputField": None,
                        "outputPath": None,
                        "executionMode": "single",
                    },
                },
                {"id": "out", "type": "outputNode", "name": "out", "content": {"schema": ""}},
            ],
            "edges": [
                {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
                {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
            ],
        }
        self._decision = zen.ZenEngine().create_decision(json.dumps(content))
        self._known: dict[str, int] = {}

    def row(self, facts: Mapping[str, Any]) -> int:
        """The place of the first row that holds, from 1; NO_RULE where none does."""
        asked = context({name: facts[name] for name in self.facts})
        if asked not in self._known:
            found = self._decision.evaluate(asked)["result"]
            self._known[asked] = int(found[_PLACE]) if found else NO_RULE
        return self._known[asked]

    def rows(self, cases: Iterable[Mapping[str, Any]]) -> list[int]:
        """The same for each of several."""
        return [self.row(case) for case in cases]


class AskedCell:
    """One condition, ready to be asked. facts: those it looks at, its own first.

    >>> AskedCell("plan", 'startsWith($, "pro")').holds(("pro yearly",))
    True
    """

    def __init__(self, fact: str, cell: str) -> None:
        import zen

        self.facts = (fact, *sorted(identifiers(cell)[0] & set(FACTS) - {fact}))
        self._condition = zen.compile_unary_expression(cell)
        self._known: dict[tuple[Any, ...], bool] = {}

    def holds(self, values: tuple[Any, ...]) -> bool:
        """Whether it holds for these values of its facts; where it cannot be computed it does not."""
        found = self._known.get(values)
        if found is None:
            given = {name: _value(name, value) for name, value in zip(self.facts, values, strict=True)}
            given["$"] = given[self.facts[0]]
            try:
                found = self._condition.evaluate(json.dumps(given, ensure_ascii=False)) is True
            except RuntimeError:  # such as a comparison with what is missing
                found = False
            self._known[values] = found
        return found


def context(facts: Mapping[str, Any]) -> str:
    """Facts as the engine takes them: JSON text, null for what is missing.

    >>> context({"clv": 5000.000000000001, "plan": None, "days_to_churn": float("nan")})
    '{"clv": 5000.000000000001, "plan": null, "days_to_churn": null}'
    """
    return json.dumps({name: _value(name, value) for name, value in facts.items()}, ensure_ascii=False)


def _value(name: str, value: Any) -> Any:
    if value is None or FACTS[name].kind != "number":
        return None if value is None else bool(value) if FACTS[name].kind == "yes_no" else str(value)
    number = float(value)
    return None if math.isnan(number) else min(max(number, -_MOST), _MOST)
