"""The rules of whoever wrote none: the design document's four, by the thresholds of `[decisions]`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from retinue.decisions.rules import Thresholds
from retinue.decisions.tables.document import BUILT_IN, RuleSet

__all__ = ["default_rules"]


def default_rules(thresholds: Thresholds) -> RuleSet:
    """Monitor, review queue, auto-execute and urgent, as a document one can edit.

    >>> [row.gives["rule"] for row in default_rules(Thresholds()).tables[0].rows]
    ['monitor_band', 'high_value', 'costly_offer', 'low_value_low_risk']
    """
    t = thresholds
    # nothing is above infinity, no probability above 1, and a band may be empty: such rows would never hold
    routing = [
        _row(
            "The churn probability lies in the band that is watched without immediate action.",
            {"risk": f"({_plain(t.act_above)}..{_plain(t.monitor_up_to)}]"},
            {"route": "monitor", "rule": "monitor_band"},
            holds=t.act_above < t.monitor_up_to,
        ),
        _row(
            "A customer of this value is decided on by a person.",
            {"value": f"> {_plain(t.review_clv_above)}"},
            {"route": "manual_review", "rule": "high_value"},
            holds=math.isfinite(t.review_clv_above),
        ),
        _row(
            "An offer of this cost is decided on by a person.",
            {"cost": f"> {_plain(t.auto_cost_up_to)}"},
            {"route": "manual_review", "rule": "costly_offer"},
            holds=math.isfinite(t.auto_cost_up_to),
        ),
        _row(
            "Neither the customer's value nor the cost of the offer needs a person.",
            {},
            {"route": "auto_execute", "rule": "low_value_low_risk"},
        ),
    ]
    urgency = [
        _row(
            "Likely to leave, and worth a call today.",
            {"risk": f"> {_plain(t.urgent_above)}", "value": f"> {_plain(t.urgent_clv_above)}"},
            {"urgency": "HIGH"},
            holds=t.urgent_above < 1.0 and math.isfinite(t.urgent_clv_above),
        ),
        _row(
            "Above the band that is watched.",
            {"risk": f"> {_plain(t.monitor_up_to)}"},
            {"urgency": "MEDIUM"},
            holds=t.monitor_up_to < 1.0,
        ),
        _row("Watched only.", {}, {"urgency": "LOW"}),
    ]
    risk = ("risk", "churn_probability", "Churn probability")
    value = ("value", "clv", "Customer lifetime value")
    cost = ("cost", "cost", "Cost of the offer")
    route, rule = ("route", "route", "Route"), ("rule", "rule", "Rule")
    tables = [
        _node("routing", "Routing", 0, (risk, value, cost), (route, rule), routing),
        _node("urgency", "Urgency", 1, (risk, value), (("urgency", "urgency", "Urgency"),), urgency),
    ]
    return RuleSet(_graph(tables), BUILT_IN)


def _plain(number: float) -> str:
    """A number without an exponent, which reads back to the same float."""
    if not math.isfinite(number):
        return ""
    return format(Decimal(repr(float(number))), "f").removesuffix(".0")


def _row(
    words: str, cells: Mapping[str, str], gives: Mapping[str, str], *, holds: bool = True
) -> dict[str, str] | None:
    """A row; None where it could never hold."""
    quoted = {name: f'"{value}"' for name, value in gives.items()}
    return {"_description": words, **cells, **quoted} if holds else None


def _node(
    name: str,
    title: str,
    place: int,
    inputs: Sequence[tuple[str, str, str]],
    outputs: Sequence[tuple[str, str, str]],
    rows: Sequence[Mapping[str, str] | None],
) -> dict[str, Any]:
    columns = [*inputs, *outputs]
    return {
        "id": name,
        "name": title,
        "type": "decisionTableNode",
        "position": {"x": 400, "y": 100 + 200 * place},
        "content": {
            "hitPolicy": "first",
            "inputs": [{"id": key, "field": field, "name": head} for key, field, head in inputs],
            "outputs": [{"id": key, "field": field, "name": head} for key, field, head in outputs],
            "rules": [
                {
                    "_id": f"{name}-{number}",
                    "_description": row["_description"],
                    **{key: row.get(key, "") for key, _, _ in columns},
                }
                for number, row in enumerate(filter(None, rows), 1)
            ],
            "passThrough": False,
            "inputField": None,
            "outputPath": None,
            "executionMode": "single",
        },
    }


def _graph(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ends = {"input": ("inputNode", "Customer and offer", 100), "output": ("outputNode", "Decision", 800)}
    nodes = [
        {"id": key, "name": name, "type": kind, "position": {"x": x, "y": 200}, "content": {"schema": ""}}
        for key, (kind, name, x) in ends.items()
    ]
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for table in tables
        for source, target in (("input", table["id"]), (table["id"], "output"))
    ]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [nodes[0], *tables, nodes[1]],
        "edges": edges,
    }
